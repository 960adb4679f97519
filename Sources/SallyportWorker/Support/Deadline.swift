/// Runs `body`, and cancels it after `limit`, as `clock` measures it.
///
/// - Throws: ``DeadlinePassed``, or what `body` throws.
func withDeadline<Result: Sendable>(
  _ limit: Duration, by clock: any Clock<Duration> = ContinuousClock(),
  _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await clock.sleep(for: limit)
      throw DeadlinePassed()
    }
    defer { group.cancelAll() }
    guard let result = try await group.next() else { throw DeadlinePassed() }
    return result
  }
}

/// Something took longer than it was given.
struct DeadlinePassed: Error {}
