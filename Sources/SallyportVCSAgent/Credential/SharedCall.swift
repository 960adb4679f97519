internal import Synchronization

/// Makes one call at a time: who asks while it runs waits and gets the same answer.
///
/// A call whose task is cancelled has no answer; one of those that wait makes it again.
final class SharedCall<Value: Sendable>: Sendable {
  private enum Turn: Sendable {
    case make
    case answered(Result<Value, any Error>)
  }

  private struct State {
    var isRunning = false
    var nextID: UInt64 = 0
    var waiting: [UInt64: CheckedContinuation<Turn, any Error>] = [:]
  }

  private let state = Mutex(State())

  func value(_ call: () async throws -> Value) async throws -> Value {
    switch try await turn() {
    case .answered(let result): return try result.get()
    case .make:
      do {
        let value = try await call()
        answer(.success(value))
        return value
      } catch {
        if error is CancellationError || Task.isCancelled {
          passOn()
        } else {
          answer(.failure(error))
        }
        throw error
      }
    }
  }

  private func turn() async throws -> Turn {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let turn: Result<Turn, any Error>? = state.withLock { state in
          // Set before the handler below runs, so that a cancellation is seen here or there.
          if Task.isCancelled { return .failure(CancellationError()) }
          guard state.isRunning else {
            state.isRunning = true
            return .success(.make)
          }
          state.waiting[id] = continuation
          return nil
        }
        if let turn { continuation.resume(with: turn) }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
  }

  private func answer(_ result: Result<Value, any Error>) {
    let waiting = state.withLock { state in
      defer {
        state.isRunning = false
        state.waiting = [:]
      }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume(returning: .answered(result)) }
  }

  private func passOn() {
    let next = state.withLock { state in
      let next = state.waiting.keys.min().flatMap { state.waiting.removeValue(forKey: $0) }
      state.isRunning = next != nil
      return next
    }
    next?.resume(returning: .make)
  }
}
