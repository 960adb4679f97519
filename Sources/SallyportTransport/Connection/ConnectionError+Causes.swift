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

  init(_ error: any Error) {
    switch error {
    case let error as ConnectionError: self = error
    case let error as TLSError: self.init(error)
    case let error as HTTP2Error: self.init(error)
    default: self.init(code: .lost, message: "the connection was lost: \(error)", cause: error)
    }
  }
}
