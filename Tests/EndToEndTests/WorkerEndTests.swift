import Testing

/// Workers that end by themselves, and with which exit code.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkerEndTests {
  @Test func aWorkerForOneJobDeliversItAndExits() async throws {
    try await Stack.with(environment: ["SALLYPORT_WORKER_JOBS_ONCE": "true"]) { stack in
      let worker = try await stack.worker()
      let job = try await stack.submit([], command: ["sh", "-c", "echo whole; exit 3"])
      #expect(job.result.text == "whole\n" && job.result.status == 3)
      #expect(try await stack.exitCode(of: worker) == 0)
      #expect(try await stack.show(job.id).logState == "complete")
    }
  }

  @Test func anIdleWorkerExits() async throws {
    try await Stack.with(environment: ["SALLYPORT_WORKER_JOBS_IDLE_EXIT": "2s"]) { stack in
      let job = try await stack.submit([], command: ["sleep", "3"])
      #expect(job.result.status == 0)
      #expect(try await stack.exitCode(of: try await stack.worker()) == 0)
    }
  }
}
