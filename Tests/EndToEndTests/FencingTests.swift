import FoundationEssentials
import Glibc
import Testing

/// No attempt runs under an expired lease, whatever becomes of its worker.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FencingTests {
  private static let lease = Duration.seconds(10)
  private static let environment = [
    "SALLYPORT_GATEWAY_LEASES_DURATION": "10s", "SALLYPORT_GATEWAY_LEASES_RENEW_INTERVAL": "2s",
  ]

  /// The supervisor of the job keeps the lease by itself, while its worker is stopped (SIGSTOP).
  @Test func aStoppedWorkersJobIsDeadBeforeItsLeaseIsOver() async throws {
    try await Stack.with(environment: Self.environment) { stack in
      let ready = try Signal(in: stack.data)
      let alive = try Signal(in: stack.data)
      // Ends when the last process of the job has: they all hold the other end of the pipe.
      async let gone = stack.executables.run("/usr/bin/timeout", ["60", "cat", alive.path])
      let job = try await stack.submitWithoutFollowing(
        [],
        command: [
          "sh", "-c",
          """
          trap '' TERM HUP INT
          exec 9>\(alive.path)
          (setsid sh -c 'trap "" TERM HUP INT; while :; do sleep 1; done' &)
          echo ready > \(ready.path)
          while :; do date +%s.%N; sleep 0.1; done
          """,
        ])
      _ = try await ready.received(using: stack.executables)
      let worker = try await stack.worker()
      let stopped = ContinuousClock.now
      try #require(kill(worker, SIGSTOP) == 0)
      defer { kill(worker, SIGCONT) }
      #expect(try await gone.status == 0)
      // The last renewal was sent before the stop: the lease ends a lease's length after it.
      let lived = ContinuousClock.now - stopped
      #expect(lived < Self.lease)
      #expect(try ProcessEvidence.status(worker, "State").hasPrefix("T"))
      // The gateway gives the job up at the end of the lease, not of the worker's silence.
      _ = try await stack.sallyport("job", "logs", "--follow", job)
      let shown = try await stack.show(job)
      #expect(shown.state == "lost")

      try #require(kill(worker, SIGCONT) == 0)
      let ended = try await stack.logLines("worker-1", matching: "attempt ended")
      #expect(ended[0].contains("lost") && ended[0].contains(job))
      // The worker goes on, and what is recorded stays.
      let next = try await stack.submit([], command: ["true"])
      #expect(next.result.status == 0)
      #expect(try await stack.show(job).state == "lost")
      #expect(try await stack.show(job).epoch == shown.epoch)
    }
  }
}
