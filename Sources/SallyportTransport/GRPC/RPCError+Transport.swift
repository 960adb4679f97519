import GRPCCore
import SallyportCore
import SallyportHTTP2

extension RPCError {
  /// A stream that was reset, by the peer or by this side (gRPC over HTTP/2, "Errors").
  init(reset code: HTTP2ErrorCode, byPeer: Bool) {
    let mapped: RPCError.Code =
      switch code {
      case .cancel: .cancelled
      case .refusedStream: .unavailable
      case .enhanceYourCalm: .resourceExhausted
      case HTTP2ErrorCode(rawValue: 12): .permissionDenied
      case .streamClosed: .unknown
      default: .internalError
      }
    let message =
      "\(byPeer ? "the peer" : "this side") reset the stream with HTTP/2 error \(code.rawValue)"
    self.init(
      code: mapped, message: message,
      cause: byPeer && code == .refusedStream ? CallNotSent(message) : nil)
  }

  init(_ failure: GRPCDeframer.Failure) {
    switch failure {
    case .tooLarge(let announced, let limit):
      self.init(
        code: .resourceExhausted,
        message: "a message of \(announced) bytes is larger than the limit of \(limit)")
    case .unexpectedCompression:
      self.init(
        code: .internalError,
        message: "a message is marked as compressed, but no compression was negotiated")
    case .invalidFlag(let flag):
      self.init(code: .internalError, message: "a message has the invalid flag \(flag)")
    }
  }

  /// A call for which no stream could be opened.
  init(notSent error: ConnectionError) {
    guard error.code != .invalidHeaders else {
      self.init(error)
      return
    }
    self.init(code: .unavailable, message: error.message, cause: CallNotSent(error.message))
  }

  init(_ error: ConnectionError) {
    let code: RPCError.Code = error.code == .invalidHeaders ? .internalError : .unavailable
    self.init(code: code, message: error.message, cause: error)
  }
}
