import SallyportProtos

/// What a session has to say and has not said yet.
///
/// Bounded: a gateway that does not read ends its session instead of filling the worker's memory.
struct Outbox: Sendable {
  static let capacity = 1_024

  let messages: AsyncStream<Sallyport_Worker_V1_WorkerMessage>
  private let continuation: AsyncStream<Sallyport_Worker_V1_WorkerMessage>.Continuation

  init() {
    (messages, continuation) = AsyncStream.makeStream(
      bufferingPolicy: .bufferingOldest(Self.capacity))
  }

  /// - Throws: ``SessionViolation`` where the queue is full; it has then ended.
  func send(_ message: Sallyport_Worker_V1_WorkerMessage) throws(SessionViolation) {
    if case .dropped = continuation.yield(message) {
      continuation.finish()
      throw SessionViolation(.flooded)
    }
  }

  func finish() { continuation.finish() }
}
