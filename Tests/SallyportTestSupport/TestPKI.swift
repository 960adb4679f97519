import Crypto
import SallyportCore
import SwiftASN1
package import X509

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A certificate authority (ECDSA P-256) made for one test, and an issuer of good and bad leaves.
///
/// ```swift
/// let pki = try TestPKI()
/// let server = try pki.issue(.init(dnsNames: ["gateway.test"]))
/// let worker = try pki.issue(.init(uris: ["spiffe://example.test/worker/1"]))
/// ```
package struct TestPKI: Sendable {
  package let root: Certificate
  package let rootKey: Certificate.PrivateKey
  package let rootDER: [UInt8]
  package let rootPEM: String
  /// Certificates between the root and what ``issue(_:)`` makes; leaf side first.
  private let intermediates: [(certificate: Certificate, der: [UInt8])]
  private let issuer: Certificate
  private let issuerKey: Certificate.PrivateKey

  /// Makes a self-signed root, valid from an hour ago for a year.
  package init(name: String = "test root") throws {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    let subject = try DistinguishedName { CommonName(name) }
    let keyIdentifier = SubjectKeyIdentifier(hash: key.publicKey)
    let root = try Certificate(
      version: .v3,
      serialNumber: Certificate.SerialNumber(),
      publicKey: key.publicKey,
      notValidBefore: Date().addingTimeInterval(-3_600),
      notValidAfter: Date().addingTimeInterval(365 * 86_400),
      issuer: subject,
      subject: subject,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        keyIdentifier
      },
      issuerPrivateKey: key)
    self.root = root
    self.rootKey = key
    self.rootDER = try Self.der(root)
    self.rootPEM = try root.serializeAsPEM().pemString
    self.intermediates = []
    self.issuer = root
    self.issuerKey = key
  }

  private init(
    root: TestPKI, intermediates: [(certificate: Certificate, der: [UInt8])],
    issuer: Certificate, issuerKey: Certificate.PrivateKey
  ) {
    self.root = root.root
    self.rootKey = root.rootKey
    self.rootDER = root.rootDER
    self.rootPEM = root.rootPEM
    self.intermediates = intermediates
    self.issuer = issuer
    self.issuerKey = issuerKey
  }

  /// The same root, issuing through one more intermediate authority, which travels in the chain.
  package func withIntermediate(name: String = "test intermediate") throws -> TestPKI {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    var shape = TestLeaf(commonName: name)
    shape.isCertificateAuthority = true
    shape.keyUsage = KeyUsage(keyCertSign: true, cRLSign: true)
    shape.extendedKeyUsage = []
    let certificate = try makeCertificate(shape, publicKey: key.publicKey)
    return TestPKI(
      root: self,
      intermediates: [(certificate, try Self.der(certificate))] + intermediates,
      issuer: certificate, issuerKey: key)
  }

  /// Issues a leaf with a new P-256 key.
  package func issue(_ leaf: TestLeaf) throws -> TestCertificate {
    let key = P256.Signing.PrivateKey()
    let certificate = try makeCertificate(
      leaf, publicKey: Certificate.PublicKey(key.publicKey))
    return try bundle(certificate, key: key)
  }

  /// A certificate that signs itself: trusted by nobody, whatever it says.
  package static func selfSigned(_ leaf: TestLeaf) throws -> TestCertificate {
    let key = P256.Signing.PrivateKey()
    let subject = try DistinguishedName { CommonName(leaf.commonName) }
    let certificate = try Certificate(
      version: .v3,
      serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(key.publicKey),
      notValidBefore: leaf.notBefore,
      notValidAfter: leaf.notAfter,
      issuer: subject,
      subject: subject,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try leaf.extensions(),
      issuerPrivateKey: Certificate.PrivateKey(key))
    return try TestCertificate(
      certificate: certificate, chainDER: [der(certificate)],
      privateKey: Secret(Array(key.derRepresentation)),
      certificatePEM: certificate.serializeAsPEM().pemString,
      privateKeyPEM: key.pemRepresentation)
  }

  private func bundle(
    _ certificate: Certificate, key: P256.Signing.PrivateKey
  ) throws -> TestCertificate {
    let pem = try ([certificate] + intermediates.map(\.certificate))
      .map { try $0.serializeAsPEM().pemString }
    return try TestCertificate(
      certificate: certificate,
      chainDER: [Self.der(certificate)] + intermediates.map(\.der),
      privateKey: Secret(Array(key.derRepresentation)),
      certificatePEM: pem.joined(separator: "\n") + "\n",
      privateKeyPEM: key.pemRepresentation)
  }

  private func makeCertificate(
    _ leaf: TestLeaf, publicKey: Certificate.PublicKey
  ) throws -> Certificate {
    var extensions = try leaf.extensions()
    try extensions.append(
      SubjectKeyIdentifier(hash: publicKey).makeCertificateExtension())
    if let identifier = try issuer.extensions.subjectKeyIdentifier?.keyIdentifier {
      try extensions.append(
        Certificate.Extension(
          AuthorityKeyIdentifier(keyIdentifier: identifier), critical: false))
    }
    return try Certificate(
      version: .v3,
      serialNumber: Certificate.SerialNumber(),
      publicKey: publicKey,
      notValidBefore: leaf.notBefore,
      notValidAfter: leaf.notAfter,
      issuer: issuer.subject,
      subject: DistinguishedName { CommonName(leaf.commonName) },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: extensions,
      issuerPrivateKey: issuerKey)
  }

  private static func der(_ certificate: Certificate) throws -> [UInt8] {
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return serializer.serializedBytes
  }
}
