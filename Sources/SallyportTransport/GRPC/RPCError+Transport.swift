import GRPCCore
import SallyportHTTP2

extension RPCError {
  /// A stream that the peer reset (gRPC over HTTP/2, "Errors").
  init(reset code: HTTP2ErrorCode) {
    let mapped: RPCError.Code =
      switch code {
      case .cancel: .cancelled
      case .refusedStream: .unavailable
      case .enhanceYourCalm: .resourceExhausted
      case HTTP2ErrorCode(rawValue: 12): .permissionDenied
      case .streamClosed: .unknown
      default: .internalError
      }
    self.init(
      code: mapped, message: "the peer reset the stream with HTTP/2 error \(code.rawValue)")
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

  init(_ error: ConnectionError) {
    self.init(code: .unavailable, message: error.message, cause: error)
  }
}
