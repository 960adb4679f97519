import FoundationEssentials
import Testing

/// When and where jobs run, as an operator asks for it on the command line.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SchedulingTests {
  private struct Pool: Decodable {
    let paused: Bool
    let pauseReason: String?
    let maximumRunning: Int?
    let queued: Int

    enum CodingKeys: String, CodingKey {
      case paused, queued
      case pauseReason = "pause_reason"
      case maximumRunning = "maximum_running"
    }
  }

  private func pool(_ stack: Stack, _ arguments: String...) async throws -> Pool {
    let result = try await stack.sallyport(["pool"] + arguments + ["--output", "json"])
    try #require(result.status == 0, "\(result.errorText)")
    return try JSONDecoder().decode(Pool.self, from: Data(result.output))
  }

  @Test func aPausedPoolTakesJobsAndOffersNoneUntilItIsResumed() async throws {
    try await Stack.with { stack in
      let paused = try await pool(stack, "pause", "builders", "--reason", "disks are full")
      #expect(paused.paused && paused.pauseReason == "disks are full")
      let order = "\(stack.data)/order"
      func submit(_ name: String, _ options: String...) async throws -> String {
        try await stack.submitWithoutFollowing(
          options, command: ["sh", "-c", "echo \(name) >> \(order)"])
      }
      let first = try await submit("first")
      let urgent = try await submit("urgent", "--priority", "10")
      let patient = try await submit("patient", "--priority", "-10")
      let shown = try await stack.show(first)
      #expect(shown.state == "queued")
      #expect(shown.waitingFor == "the pool is paused: disks are full")

      let capped = try await pool(stack, "update", "builders", "--max-running", "1")
      #expect(capped.maximumRunning == 1 && capped.queued == 3)
      let resumed = try await pool(stack, "resume", "builders")
      #expect(!resumed.paused && resumed.pauseReason == nil)
      for job in [first, urgent, patient] {
        let result = try await stack.sallyport("job", "logs", "--follow", job)
        #expect(result.status == 0, "\(result.errorText)")
      }
      #expect(
        try String(contentsOfFile: order, encoding: .utf8) == "urgent\nfirst\npatient\n")
    }
  }

  @Test func aFailedJobIsTriedAgainAsOftenAsItSays() async throws {
    try await Stack.with { stack in
      let mark = "\(stack.data)/tried"
      let retry = ["--retry", "always", "--max-attempts", "3", "--retry-backoff", "100ms"]
      let mended = try await stack.submit(
        retry, command: ["sh", "-c", "test -e \(mark) || { touch \(mark); exit 7; }"])
      #expect(mended.result.status == 0, "\(mended.result.errorText)")
      let shown = try await stack.show(mended.id)
      #expect(shown.attempts?.map(\.outcome) == ["failed", "succeeded"])

      let hopeless = try await stack.submit(retry, command: ["sh", "-c", "exit 9"])
      #expect(hopeless.result.status == 9)
      let last = try await stack.show(hopeless.id)
      #expect(last.state == "failed" && last.attempts?.count == 3)
      #expect(last.reason?.contains("attempt 3 of 3") == true, "\(last)")
    }
  }

  @Test func aJobRunsOnlyWhereItsLabelsAreAndNotAfterItsQueueTimeout() async throws {
    try await Stack.with { stack in
      let job = try await stack.submit(
        ["--select", "gpu=h100", "--queue-timeout", "1s"], command: ["true"])
      #expect(job.result.status != 0)
      let shown = try await stack.show(job.id)
      #expect(shown.state == "timed_out", "\(shown)")
      #expect(shown.reason?.contains("queue timeout") == true, "\(shown)")
      #expect(shown.attempts == nil)

      let waiting = try await stack.submitWithoutFollowing(
        ["--select", "gpu=h100"], command: ["true"])
      #expect(
        try await stack.show(waiting).waitingFor == "no connected worker has the labels gpu=h100")
      let cancelled = try await stack.sallyport("job", "cancel", waiting)
      #expect(cancelled.status == 0, "\(cancelled.errorText)")
    }
  }

  @Test func badSchedulingIsRefusedWithWhatIsExpected() async throws {
    try await Stack.with { stack in
      for (options, expected) in [
        (["--priority", "101"], "a priority is from -100 to 100"),
        (["--max-attempts", "5"], "a retry policy says what it retries"),
        (["--retry", "always", "--max-attempts", "101"], "at most 100 attempts"),
      ] {
        let result = try await stack.sallyport(
          ["job", "submit", "--pool", "builders"] + options + ["--", "true"])
        #expect(result.status == 65, "\(options): \(result.status)")
        #expect(result.errorText.contains(expected), "\(result.errorText)")
      }
      let update = try await stack.executables.run(
        "sallyport-gateway",
        [
          "tenant", "update", "acme", "--max-running", "0", "--config",
          "\(stack.data)/gateway/gateway.yaml",
        ])
      #expect(update.status == 64 && update.errorText.contains("'unlimited' or 'default'"))
    }
  }
}
