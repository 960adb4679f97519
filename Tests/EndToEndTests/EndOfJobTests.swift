import FoundationEssentials
import Testing

/// Cancellation, timeouts, and what a job leaves behind.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EndOfJobTests {
  @Test func cancelReachesTheProcessGroupWithinASecond() async throws {
    try await Stack.with { stack in
      let ready = try Signal(in: stack.data)
      let terminated = try Signal(in: stack.data)
      let job = try await stack.submitWithoutFollowing(
        [],
        command: [
          "sh", "-c",
          """
          trap 'echo terminated > \(terminated.path); exit 3' TERM
          echo ready > \(ready.path)
          while :; do sleep 0.05; done
          """,
        ])
      _ = try await ready.received(using: stack.executables)
      let asked = ContinuousClock.now
      let cancel = try await stack.sallyport("job", "cancel", job)
      #expect(cancel.status == 0, "\(cancel.errorText)")
      #expect(try await terminated.received(using: stack.executables) == "terminated\n")
      #expect(ContinuousClock.now - asked < .seconds(1))
      _ = try await stack.sallyport("job", "logs", "--follow", job)
      #expect(try await stack.show(job).state == "cancelled")
    }
  }

  @Test func aTimeoutEndsTheJob() async throws {
    try await Stack.with { stack in
      let job = try await stack.submit(["--timeout", "1s"], command: ["sleep", "600"])
      #expect(job.result.status != 0)
      #expect(try await stack.show(job.id).state == "timed_out")
    }
  }

  @Test func nothingSurvivesAJobThatIgnoresSignalsAndDaemonizes() async throws {
    try await Stack.with { stack in
      let ready = try Signal(in: stack.data)
      let mark = "\(UInt64.random(in: .min ... .max))"
      let job = try await stack.submitWithoutFollowing(
        ["--env", "JOB_TEST_MARK=\(mark)"],
        command: [
          "sh", "-c",
          """
          trap '' TERM HUP INT
          (setsid sh -c 'trap "" TERM HUP INT; (setsid sleep 600 &); sleep 600' &)
          echo ready > \(ready.path)
          while :; do sleep 0.05; done
          """,
        ])
      _ = try await ready.received(using: stack.executables)
      #expect(!ProcessEvidence.processes(withEnvironment: "JOB_TEST_MARK", mark).isEmpty)
      _ = try await stack.sallyport("job", "cancel", job)
      _ = try await stack.sallyport("job", "logs", "--follow", job)
      #expect(try await stack.show(job).state == "cancelled")
      #expect(ProcessEvidence.processes(withEnvironment: "JOB_TEST_MARK", mark) == [])
    }
  }

  @Test func nothingSurvivesAKilledWorkerAndItsJobIsLost() async throws {
    try await Stack.with { stack in
      let ready = try Signal(in: stack.data)
      let mark = "\(UInt64.random(in: .min ... .max))"
      let job = try await stack.submitWithoutFollowing(
        ["--env", "JOB_TEST_MARK=\(mark)"],
        command: ["sh", "-c", "(setsid sleep 600 &); echo ready > \(ready.path); sleep 600"])
      _ = try await ready.received(using: stack.executables)
      try await stack.kill(try await stack.worker())
      try await stack.startWorkerAgain("worker-1")
      _ = try await stack.sallyport("job", "logs", "--follow", job)
      #expect(try await stack.show(job).state == "lost")
      #expect(ProcessEvidence.processes(withEnvironment: "JOB_TEST_MARK", mark) == [])
    }
  }
}
