/// What went wrong on a connection, or in a call that a stream's state does not allow.
package struct HTTP2Error: Error, Sendable, CustomStringConvertible {
  package let code: HTTP2ErrorCode
  package let message: String

  package init(code: HTTP2ErrorCode, message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
