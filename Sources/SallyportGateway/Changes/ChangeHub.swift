import SallyportCore
import Synchronization

/// Tells watchers that a job or its log has changed: those of this process, and while a gateway is
/// replaced by its successor those of the other one as well. It carries no state: watchers read the
/// store again, so that a slow one misses steps but never the result.
final class ChangeHub: Sendable {
  /// What a watcher is told of.
  enum Interest: Sendable {
    case ofJob
    /// Also that its log has grown.
    case ofJobAndLog
  }

  private struct Watcher: Sendable {
    let interest: Interest
    let changes: AsyncStream<Void>.Continuation
  }

  private struct State {
    var watchers: [JobID: [UInt64: Watcher]] = [:]
    var next: UInt64 = 0
  }

  private let state = Mutex(State())
  private let succession: Succession

  init(succession: Succession = Succession()) { self.succession = succession }

  /// Calls `body` with a sequence that yields once at first and then after every change; changes
  /// that come faster than they are taken are one. The sequence ends when the caller abandons the
  /// call that this is part of, or its connection is to end.
  func withChanges<Result>(
    of job: JobID, _ interest: Interest, _ body: (AsyncStream<Void>) async throws -> Result
  ) async throws -> Result {
    let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.next += 1
      state.watchers[job, default: [:]][state.next] = Watcher(
        interest: interest, changes: continuation)
      return state.next
    }
    defer {
      state.withLock { state in
        state.watchers[job]?[id] = nil
        if state.watchers[job]?.isEmpty == true { state.watchers[job] = nil }
      }
    }
    continuation.yield()
    return try await withTaskGroup(of: Void.self) { group in
      group.addTask { await onRPCCancellation { continuation.finish() } }
      let result: Swift.Result<Result, any Error>
      do {
        result = .success(try await body(changes))
      } catch {
        result = .failure(error)
      }
      group.cancelAll()
      return result
    }.get()
  }

  func publish(_ job: JobID, of tenant: TenantName) {
    tell(job)
    succession.changed(job, of: tenant)
  }

  /// Nothing of the job has changed but the length of its log.
  func publishLog(of job: JobID, of tenant: TenantName) {
    tell(job) { $0 == .ofJobAndLog }
    succession.changed(job, of: tenant)
  }

  /// Tells the watchers of this process only.
  func tell(_ job: JobID) { tell(job) { _ in true } }

  private func tell(_ job: JobID, _ isTold: (Interest) -> Bool) {
    let watchers = state.withLock { Array(($0.watchers[job] ?? [:]).values) }
    for watcher in watchers where isTold(watcher.interest) { watcher.changes.yield() }
  }

  func tellAll() {
    let watchers = state.withLock { state in state.watchers.values.flatMap(\.values) }
    for watcher in watchers { watcher.changes.yield() }
  }

  /// Ends every watch, when the gateway stops.
  func finish() {
    let watchers = state.withLock { state in state.watchers.values.flatMap(\.values) }
    for watcher in watchers { watcher.changes.finish() }
  }
}
