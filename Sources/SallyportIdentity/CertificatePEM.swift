import SwiftASN1

/// Certificates as PEM text, one block each.
package enum CertificatePEM {
  package static func encode(_ chain: [[UInt8]]) -> String {
    chain.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }.joined()
  }

  /// - Throws: ``IdentityError/Code/invalidCertificate`` where the text has no certificate or has
  ///   anything else, such as a private key.
  package static func decode(_ text: String) throws(IdentityError) -> [[UInt8]] {
    let documents: [PEMDocument]
    do {
      documents = try PEMDocument.parseMultiple(pemString: text)
    } catch {
      throw IdentityError(.invalidCertificate, "not PEM", cause: error)
    }
    guard !documents.isEmpty, documents.allSatisfy({ $0.discriminator == "CERTIFICATE" }) else {
      throw IdentityError(
        .invalidCertificate, "expected PEM blocks 'BEGIN CERTIFICATE' and nothing else")
    }
    return documents.map(\.derBytes)
  }
}
