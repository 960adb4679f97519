/// Why a TLS context cannot be made, or why a connection ended.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value {
      case configuration, handshakeFailed, peerRefused, truncated, protocolViolation
      case internalError
    }
    private let value: Value

    /// A certificate, key, root or name cannot be used; the message says which.
    package static let configuration = Code(value: .configuration)
    /// No connection came about, for a reason other than the certificate that the peer presented.
    /// Where the peer refused ours, ``TLSError/receivedAlert`` says why.
    package static let handshakeFailed = Code(value: .handshakeFailed)
    /// The peer's certificate was refused, by chain verification or by
    /// ``TLSConfiguration/verifyPeer``, or it presented none.
    package static let peerRefused = Code(value: .peerRefused)
    /// Input ended without close_notify: what was read may not be all that was sent.
    package static let truncated = Code(value: .truncated)
    /// The peer broke the record protocol after the handshake, or said that we did.
    package static let protocolViolation = Code(value: .protocolViolation)
    /// OpenSSL failed in a way that no input explains, or the engine was called out of turn.
    package static let internalError = Code(value: .internalError)
  }

  package let code: Code
  package let message: String
  /// The alert with which the peer ended the connection, where it did.
  package let receivedAlert: TLSAlert?

  package init(code: Code, message: String, receivedAlert: TLSAlert? = nil) {
    self.code = code
    self.message = message
    self.receivedAlert = receivedAlert
  }

  package var description: String { message }
}
