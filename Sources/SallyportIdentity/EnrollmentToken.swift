import Crypto
internal import SallyportBytes
package import SallyportCore

/// The secret that lets one host join one pool.
///
/// Its text is `sallyport_enroll_`, 64 hexadecimal digits (256 random bits) and 8 digits of
/// checksum (CRC-32C of the text before), all lower case. The prefix lets secret scanners find a
/// leaked one; the checksum tells a torn copy from a refused token without asking the gateway.
package struct EnrollmentToken: Sendable {
  package static let prefix = "sallyport_enroll_"
  private static let secretLength = 32
  private static let checksumDigits = 8

  private let secret: Secret<[UInt8]>

  private init(secret: [UInt8]) { self.secret = Secret(secret) }

  /// A new token of 256 bits from the system's cryptographic generator.
  package static func make() -> EnrollmentToken {
    EnrollmentToken(secret: randomBytes(count: secretLength))
  }

  /// Parses a token as it was printed; white space around it is dropped.
  ///
  /// - Throws: ``IdentityError/Code/invalidToken``. The text is not repeated.
  package init(parsing text: String) throws(IdentityError) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1, let token = words.first else {
      throw IdentityError(.invalidToken, "expected one enrollment token, got \(words.count) words")
    }
    guard token.hasPrefix(Self.prefix) else {
      throw IdentityError(
        .invalidToken, "not an enrollment token: it begins with '\(Self.prefix)'")
    }
    let digits = token.utf8.count - Self.prefix.utf8.count
    guard digits == Self.secretLength * 2 + Self.checksumDigits else {
      throw IdentityError(.invalidToken, "the enrollment token is not whole: copy it again")
    }
    let body = token.dropLast(Self.checksumDigits)
    guard let secret = bytesOfHexadecimalDigits(body.dropFirst(Self.prefix.count)),
      token.suffix(Self.checksumDigits) == Self.checksum(of: String(body))
    else {
      throw IdentityError(.invalidToken, "the enrollment token is damaged: copy it again")
    }
    self.init(secret: secret)
  }

  /// The text to hand to the customer, once.
  package var text: Secret<String> {
    secret.withValue { bytes in
      let body = Self.prefix + hexadecimalDigits(bytes)
      return Secret(body + Self.checksum(of: body))
    }
  }

  /// SHA-256 of the secret bits: all that the gateway stores. The bits are random and many, so
  /// that a slow hash would add nothing.
  package var hash: [UInt8] {
    secret.withValue { Array(SHA256.hash(data: $0)) }
  }

  private static func checksum(of body: String) -> String {
    let crc = CRC32C.checksum(body.utf8)
    return hexadecimalDigits((0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * $0)) })
  }
}

extension EnrollmentToken: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  package var description: String { "\(Self.prefix)<redacted>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
