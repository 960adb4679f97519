import SallyportHTTP2
import SallyportRelay

extension RelayError {
  /// A sealed channel whose connection ended.
  init(_ error: ConnectionError) {
    let code: RelayError.Code =
      switch error.code {
      case .tlsFailed: .sealFailed
      case .truncated, .closedByPeer: .truncated
      case .carrierReset: .reset
      case .closedLocally: .cancelled
      default: .connectionLost
      }
    self.init(code: code, message: error.message)
  }

  /// A request inside a sealed channel that ended before its time.
  /// - Returns: Nil for a good end.
  init?(_ end: StreamEnd) {
    switch end {
    case .finished: return nil
    case .reset(let code, let byPeer):
      self.init(
        code: .reset,
        message: "the request was reset by \(byPeer ? "the far end" : "this side") "
          + "with HTTP/2 error \(code.rawValue)")
    case .connectionLost(let error): self.init(error)
    }
  }
}
