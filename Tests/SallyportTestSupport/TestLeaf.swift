import SwiftASN1
package import X509

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// The shape of a leaf certificate. The defaults are a good one; each property bends one rule.
package struct TestLeaf: Sendable {
  package var commonName: String
  package var uris: [String]
  package var dnsNames: [String]
  /// Four or sixteen bytes each.
  package var ipAddresses: [[UInt8]]
  package var notBefore: Date
  package var notAfter: Date
  package var isCertificateAuthority = false
  /// Nil leaves the extension out.
  package var keyUsage: KeyUsage? = KeyUsage(digitalSignature: true)
  /// Empty leaves the extension out.
  package var extendedKeyUsage: [ExtendedKeyUsage.Usage] = [.serverAuth, .clientAuth]
  package var hasUnknownCriticalExtension = false

  /// Valid from an hour ago for a day.
  package init(
    commonName: String = "test leaf", uris: [String] = [], dnsNames: [String] = [],
    ipAddresses: [[UInt8]] = []
  ) {
    self.commonName = commonName
    self.uris = uris
    self.dnsNames = dnsNames
    self.ipAddresses = ipAddresses
    self.notBefore = Date().addingTimeInterval(-3_600)
    self.notAfter = Date().addingTimeInterval(86_400)
  }

  func extensions() throws -> Certificate.Extensions {
    var extensions = Certificate.Extensions()
    try extensions.append(
      Certificate.Extension(
        isCertificateAuthority
          ? .isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority,
        critical: true))
    if let keyUsage {
      try extensions.append(Certificate.Extension(keyUsage, critical: true))
    }
    if !extendedKeyUsage.isEmpty {
      try extensions.append(
        Certificate.Extension(ExtendedKeyUsage(extendedKeyUsage), critical: false))
    }
    let names =
      uris.map(GeneralName.uniformResourceIdentifier) + dnsNames.map(GeneralName.dnsName)
      + ipAddresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
    if !names.isEmpty {
      try extensions.append(
        Certificate.Extension(SubjectAlternativeNames(names), critical: false))
    }
    if hasUnknownCriticalExtension {
      // A DER NULL under an arc that nobody has registered a meaning for.
      try extensions.append(
        Certificate.Extension(
          oid: [1, 3, 6, 1, 4, 1, 99_999, 1], critical: true, value: [0x05, 0x00]))
    }
    return extensions
  }
}

/// The ways in which a certificate can be wrong, one at a time.
extension TestLeaf {
  package func expired() -> TestLeaf {
    validity(from: -7_200, to: -60)
  }

  package func notYetValid() -> TestLeaf {
    validity(from: 3_600, to: 86_400)
  }

  /// - Parameters: Seconds from now.
  package func validity(from start: Double, to end: Double) -> TestLeaf {
    var copy = self
    copy.notBefore = Date().addingTimeInterval(start)
    copy.notAfter = Date().addingTimeInterval(end)
    return copy
  }

  package func certificateAuthority() -> TestLeaf {
    var copy = self
    copy.isCertificateAuthority = true
    return copy
  }

  package func withKeyCertSign() -> TestLeaf {
    var copy = self
    copy.keyUsage = KeyUsage(digitalSignature: true, keyCertSign: true)
    return copy
  }

  package func withoutDigitalSignature() -> TestLeaf {
    var copy = self
    copy.keyUsage = KeyUsage(keyAgreement: true)
    return copy
  }

  package func withoutKeyUsage() -> TestLeaf {
    var copy = self
    copy.keyUsage = nil
    return copy
  }

  package func serverAuthOnly() -> TestLeaf {
    var copy = self
    copy.extendedKeyUsage = [.serverAuth]
    return copy
  }

  package func clientAuthOnly() -> TestLeaf {
    var copy = self
    copy.extendedKeyUsage = [.clientAuth]
    return copy
  }

  package func withUnknownCriticalExtension() -> TestLeaf {
    var copy = self
    copy.hasUnknownCriticalExtension = true
    return copy
  }

  /// Two URI names, or none: an X.509-SVID has exactly one.
  package func withURIs(_ uris: [String]) -> TestLeaf {
    var copy = self
    copy.uris = uris
    return copy
  }
}
