/// What a session has to say and has not said yet. Bounded: a gateway that does not read ends its
/// session instead of filling this process's memory.
struct SessionOutbox: Sendable {
  static let capacity = 1_024

  let messages: AsyncStream<AgentMessage>
  private let continuation: AsyncStream<AgentMessage>.Continuation

  init() {
    (messages, continuation) = AsyncStream.makeStream(
      bufferingPolicy: .bufferingOldest(Self.capacity))
  }

  func send(_ message: AgentMessage) throws(SessionState.Violation) {
    if case .dropped = continuation.yield(message) { throw .flooded }
  }
}
