/// Why a connection ended, or could not be made.
package struct ConnectionError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value {
      case connectFailed, handshakeTimeout, tlsFailed, truncated, lost, carrierReset
      case protocolViolation, keepaliveTimeout, closedByPeer, closedLocally
      case settingsTimeout, noStreamLeft, invalidHeaders
    }
    private let value: Value

    /// No TCP connection could be made.
    package static let connectFailed = Code(value: .connectFailed)
    package static let handshakeTimeout = Code(value: .handshakeTimeout)
    /// The TLS handshake failed, or bytes were changed on the way.
    package static let tlsFailed = Code(value: .tlsFailed)
    /// The bytes ended without close_notify.
    package static let truncated = Code(value: .truncated)
    /// What carried the bytes is gone: a TCP reset, or the connection around a relay.
    package static let lost = Code(value: .lost)
    /// The CONNECT stream that carried the bytes was reset.
    package static let carrierReset = Code(value: .carrierReset)
    /// The peer broke HTTP/2, or one of its limits.
    package static let protocolViolation = Code(value: .protocolViolation)
    package static let keepaliveTimeout = Code(value: .keepaliveTimeout)
    /// The peer ended the connection in good order.
    package static let closedByPeer = Code(value: .closedByPeer)
    package static let closedLocally = Code(value: .closedLocally)
    /// The peer did not acknowledge our settings in time (RFC 9113, section 6.5.3).
    package static let settingsTimeout = Code(value: .settingsTimeout)
    /// All streams that the peer allows are open, or the connection takes no new ones: another
    /// connection, or this one later, may do.
    package static let noStreamLeft = Code(value: .noStreamLeft)
    /// A header list that the peer would not take, or that is not valid: trying again is of no use.
    package static let invalidHeaders = Code(value: .invalidHeaders)
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// True where an orderly end would be a lie, or would not be heard.
  var leavesPeerWaiting: Bool {
    [.handshakeTimeout, .truncated, .lost, .carrierReset, .keepaliveTimeout].contains(code)
  }

  package var description: String { message }
}
