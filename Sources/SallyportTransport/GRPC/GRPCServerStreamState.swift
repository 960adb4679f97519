/// The order of a response's parts, and when the stream is over. Pure.
struct GRPCServerStreamState {
  enum Response: Hashable {
    case idle
    case headersSent
    case ended
  }

  private(set) var response = Response.idle
  private(set) var isRequestEnded = false

  enum HeadersAction: Hashable { case send, ignore }

  mutating func sendHeaders() -> HeadersAction {
    guard response == .idle else { return .ignore }
    response = .headersSent
    return .send
  }

  enum MessageAction: Hashable { case send, sendAfterHeaders, ignore }

  mutating func sendMessage() -> MessageAction {
    switch response {
    case .idle:
      response = .headersSent
      return .sendAfterHeaders
    case .headersSent: return .send
    case .ended: return .ignore
    }
  }

  enum StatusAction: Hashable { case sendTrailers, sendTrailersOnly, ignore }

  mutating func sendStatus() -> StatusAction {
    defer { response = .ended }
    switch response {
    case .idle: return .sendTrailersOnly
    case .headersSent: return .sendTrailers
    case .ended: return .ignore
    }
  }

  /// - Returns: False where it had ended before.
  mutating func endRequest() -> Bool {
    defer { isRequestEnded = true }
    return !isRequestEnded
  }
}
