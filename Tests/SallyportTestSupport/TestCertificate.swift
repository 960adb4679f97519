package import SallyportCore
package import X509

/// What ``TestPKI`` issued, in the forms that configurations and command-line tools take.
package struct TestCertificate: Sendable {
  package let certificate: Certificate
  /// DER, leaf first, without the root.
  package let chainDER: [[UInt8]]
  /// PKCS #8 DER.
  package let privateKey: Secret<[UInt8]>
  /// The same chain as ``chainDER``.
  package let certificatePEM: String
  /// PKCS #8, for the key files of command-line tools in tests.
  package let privateKeyPEM: String
}
