import GRPCCore

/// Why a session is over.
enum SessionEnd: Error, Hashable, Sendable {
  /// The peer ended its side.
  case finished
  case noHello
  case violation(String)
  /// Two pings unanswered.
  case unresponsive
  /// More messages wait than the session's queue holds.
  case slowPeer
  case superseded
  case revoked
  case shutdown

  /// Nil where the stream ends with status `OK`.
  var error: RPCError? {
    switch self {
    case .finished: nil
    case .noHello: RPCError(code: .deadlineExceeded, message: "the session began without a Hello")
    case .violation(let message): RPCError(code: .invalidArgument, message: message)
    case .unresponsive: RPCError(code: .unavailable, message: "two pings were not answered")
    case .slowPeer:
      RPCError(code: .resourceExhausted, message: "the session's messages were not read in time")
    case .superseded: RPCError(code: .aborted, message: "superseded by a newer session")
    case .revoked: RPCError(code: .permissionDenied, message: "the identity was revoked")
    case .shutdown: RPCError(code: .unavailable, message: "the gateway is stopping")
    }
  }
}
