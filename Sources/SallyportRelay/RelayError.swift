/// Why a relay or a sealed channel inside one ended before its time.
package struct RelayError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value {
      case refused, reset, connectionLost, truncated, idle, sealFailed, cancelled
    }

    private let value: Value

    /// The gateway answered the CONNECT with another status than 200.
    package static let refused = Code(value: .refused)
    /// A stream was reset (RST_STREAM).
    package static let reset = Code(value: .reset)
    /// The connection that carried the relay is gone.
    package static let connectionLost = Code(value: .connectionLost)
    /// The bytes ended in the middle of something: a TLS record, a frame, a body.
    package static let truncated = Code(value: .truncated)
    /// Nothing moved for the relay idle timeout.
    package static let idle = Code(value: .idle)
    /// The sealed channel failed: the far end is not of this trust root, or somebody in between
    /// changed bytes. Trying again does not help.
    package static let sealFailed = Code(value: .sealFailed)
    package static let cancelled = Code(value: .cancelled)
  }

  package let code: Code
  package let message: String
  /// Set where ``code`` is ``Code/refused``.
  package let refusal: RelayRefusal?

  package init(code: Code, message: String, refusal: RelayRefusal? = nil) {
    self.code = code
    self.message = message
    self.refusal = refusal
  }

  package var description: String { message }
}
