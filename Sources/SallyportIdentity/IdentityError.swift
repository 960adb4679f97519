/// Why a key, certificate, request or token cannot be used.
///
/// Messages name the file or field and say what to do next; they never hold key material.
package struct IdentityError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value {
      case invalidRequest, weakKey, invalidCertificate, keyMismatch, expired, invalidName
      case invalidToken, peerRefused, unsafeFile, missingFile, fileExists, fileSystem
    }
    private let value: Value

    /// A certificate signing request that is not one, is too large, or does not prove its key.
    package static let invalidRequest = Code(value: .invalidRequest)
    /// A key that is not ECDSA P-256.
    package static let weakKey = Code(value: .weakKey)
    /// A certificate or key that cannot be parsed, or does not serve the purpose it is loaded for.
    package static let invalidCertificate = Code(value: .invalidCertificate)
    /// A key and a certificate that do not belong together.
    package static let keyMismatch = Code(value: .keyMismatch)
    package static let expired = Code(value: .expired)
    /// A trust domain, DNS name or IP address of the wrong form.
    package static let invalidName = Code(value: .invalidName)
    /// A text that is not an enrollment token.
    package static let invalidToken = Code(value: .invalidToken)
    /// A peer's certificate that this connection does not accept.
    package static let peerRefused = Code(value: .peerRefused)
    /// A secret file that others may read, or something that is not a regular file.
    package static let unsafeFile = Code(value: .unsafeFile)
    package static let missingFile = Code(value: .missingFile)
    /// A file that would have been overwritten.
    package static let fileExists = Code(value: .fileExists)
    /// The system refused a file operation.
    package static let fileSystem = Code(value: .fileSystem)
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    guard let cause else { return message }
    return "\(message) (\(cause))"
  }
}
