import SallyportHTTP2
import SallyportTLS

extension ConnectionError {
  init(_ error: TLSError) {
    if error.code == .truncated {
      self.init(
        code: .truncated, message: "the connection ended without a TLS close", cause: error)
    } else {
      self.init(code: .tlsFailed, message: "TLS failed: \(error.message)", cause: error)
    }
  }

  init(_ error: HTTP2Error) {
    self.init(
      code: .protocolViolation, message: "HTTP/2 failed: \(error.message)", cause: error)
  }

  /// A stream that could not be opened: the connection itself goes on.
  init(opening error: HTTP2Error) {
    let code: Code =
      switch error.code {
      case .refusedStream: .noStreamLeft
      case .internalError: .invalidHeaders
      default: .protocolViolation
      }
    self.init(code: code, message: "cannot open a stream: \(error.message)", cause: error)
  }

  init(_ error: any Error) {
    switch error {
    case let error as ConnectionError: self = error
    case let error as TLSError: self.init(error)
    case let error as HTTP2Error: self.init(error)
    default: self.init(code: .lost, message: "the connection was lost: \(error)", cause: error)
    }
  }
}
