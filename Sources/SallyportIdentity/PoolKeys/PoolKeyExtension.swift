import SwiftASN1

/// The extensions that the certificate of a pool key marks as critical, or may (RFC 5280, section 4.2.1).
enum PoolKeyExtension {
  static let keyUsage: ASN1ObjectIdentifier = [2, 5, 29, 15]
  static let subjectAlternativeName: ASN1ObjectIdentifier = [2, 5, 29, 17]
  static let basicConstraints: ASN1ObjectIdentifier = [2, 5, 29, 19]
}
