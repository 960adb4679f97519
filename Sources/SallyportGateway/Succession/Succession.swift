import SallyportCore
import Synchronization

/// What a gateway process shares with the one before it and the one after it, for as long as both
/// are there: an operator may cancel a job here whose worker is still connected there.
///
/// The store is the truth for both. This only carries which jobs have changed, because the signals
/// that wake sessions and watchers reach no other process.
package final class Succession: Sendable {
  /// Messages that wait for the other process. What does not fit is lost: a worker then hears of a
  /// cancellation with its next lease renewal, and a watcher when it asks again.
  package static let capacity = 16_384

  private struct State {
    var neighbours: [UInt64: AsyncStream<SuccessionMessage>.Continuation] = [:]
    var next: UInt64 = 0
    var isHandedOver = false
  }

  private let state = Mutex(State())

  init() {}

  /// Whether a successor serves: this process only finishes what it has.
  package var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

  package func handOver() { state.withLock { $0.isHandedOver = true } }

  /// What is to be sent to another process; ends when the caller's task does.
  package func messages() -> AsyncStream<SuccessionMessage> {
    let (messages, continuation) = AsyncStream<SuccessionMessage>.makeStream(
      bufferingPolicy: .bufferingOldest(Self.capacity))
    let id = state.withLock { state in
      state.next += 1
      state.neighbours[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.neighbours.removeValue(forKey: id) }
    }
    return messages
  }

  /// Tells the process before this one that this one serves.
  package func announce() { send(.ready) }

  /// Tells the process after this one that it may accept: this one no longer does.
  package func release() { send(.released) }

  func changed(_ job: JobID, of tenant: TenantName) { send(.changed(job, tenant)) }

  private func send(_ message: SuccessionMessage) {
    let neighbours = state.withLock { Array($0.neighbours.values) }
    for neighbour in neighbours { neighbour.yield(message) }
  }
}
