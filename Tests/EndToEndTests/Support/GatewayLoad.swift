import Testing

/// Jobs that run, and the log of an earlier one that is read, one after the other and both at once, for
/// as long as something else goes on.
enum GatewayLoad {
  struct Count: Sendable {
    var jobs = 0
    var reads = 0
  }

  /// Every job must run and every reading be what it was.
  static func during(
    _ stack: Stack, reading job: String, _ expected: String, _ body: () async throws -> Void
  ) async throws -> Count {
    let over = Flag()
    async let jobs = repeated(until: over) { number in
      let job = try await stack.submit([], command: ["echo", "load \(number)"])
      #expect(job.result.text == "load \(number)\n", "\(job.result.errorText)")
    }
    async let reads = repeated(until: over) { _ in
      let log = try await stack.sallyport("job", "logs", job)
      #expect(log.text == expected, "\(log.errorText)")
    }
    do {
      try await body()
    } catch {
      over.set()
      _ = try? await (jobs, reads)
      throw error
    }
    over.set()
    return Count(jobs: try await jobs, reads: try await reads)
  }

  private static func repeated(
    until over: Flag, _ action: @Sendable (Int) async throws -> Void
  ) async throws -> Int {
    var count = 0
    repeat {
      try await action(count)
      count += 1
    } while !over.isSet
    return count
  }
}
