import Crypto
internal import SallyportBytes
import SallyportCore
import SwiftASN1
import X509

/// One parsed certificate, with the few readings of it that policies share.
struct LeafCertificate: Sendable {
  /// Bytes of DER.
  static let maximumSize = 16 * 1_024

  let der: [UInt8]
  let certificate: Certificate

  init(der: [UInt8]) throws(IdentityError) {
    guard der.count <= Self.maximumSize else {
      throw IdentityError(
        .invalidCertificate,
        "a certificate of \(der.count) bytes, at most \(Self.maximumSize) are allowed")
    }
    do {
      certificate = try Certificate(derEncoded: der)
    } catch {
      throw IdentityError(.invalidCertificate, "not an X.509 certificate", cause: error)
    }
    self.der = der
  }

  var fingerprint: String { SallyportIdentity.fingerprint(of: der) }

  var serialNumber: String { hexadecimalDigits(certificate.serialNumber.bytes) }

  /// Nil for a key of another kind.
  var p256PublicKey: P256.Signing.PublicKey? { P256.Signing.PublicKey(certificate.publicKey) }

  var publicKeyFingerprint: String? {
    p256PublicKey.map { SallyportIdentity.fingerprint(of: Array($0.derRepresentation)) }
  }

  /// Reads an extension; one that is malformed refuses the whole certificate.
  func read<Extension>(
    _ extension: (Certificate.Extensions) throws -> Extension?
  ) throws(IdentityError) -> Extension? {
    do {
      return try `extension`(certificate.extensions)
    } catch {
      throw IdentityError(
        .invalidCertificate, "the certificate has a malformed extension", cause: error)
    }
  }

  /// The subject alternative names of the URI kind.
  func uris() throws(IdentityError) -> [String] {
    let names = try read { try $0.subjectAlternativeNames } ?? SubjectAlternativeNames()
    return names.compactMap { name in
      guard case .uniformResourceIdentifier(let uri) = name else { return nil }
      return uri
    }
  }

  /// The one URI name of an X.509-SVID.
  func spiffeID() throws(IdentityError) -> SPIFFEID {
    let uris = try uris()
    guard uris.count == 1 else {
      throw IdentityError(
        .invalidCertificate,
        "the certificate has \(uris.count) URI names, an X.509-SVID has exactly one")
    }
    do {
      return try SPIFFEID(parsing: uris[0])
    } catch {
      throw IdentityError(.invalidCertificate, "the certificate names no SPIFFE ID", cause: error)
    }
  }
}
