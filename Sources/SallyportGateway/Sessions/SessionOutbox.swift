/// The messages that wait for one session's peer to read them.
struct SessionOutbox<Message: Sendable>: Sendable {
  let messages: AsyncStream<Message>
  private let source: AsyncStream<Message>.Continuation

  init(capacity: Int) {
    (messages, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
  }

  /// - Throws: ``SessionEnd/slowPeer`` where the queue is full.
  func send(_ message: Message) throws(SessionEnd) {
    if case .dropped = source.yield(message) { throw .slowPeer }
  }

  func finish() { source.finish() }
}
