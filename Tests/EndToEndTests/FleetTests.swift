import FoundationEssentials
import Testing

/// What operators do with the workers of a pool.
@Suite(.serialized, .timeLimit(.minutes(2))) struct FleetTests {
  private struct Workers: Decodable {
    struct Worker: Decodable {
      let id: String
    }
    let workers: [Worker]
  }

  private struct Event: Decodable {
    let event: String
    let done: Int
    let total: Int
  }

  private func workerID(_ stack: Stack) async throws -> String {
    let list = try await stack.sallyport("worker", "list", "--output", "json")
    let workers = try JSONDecoder().decode(Workers.self, from: Data(list.output)).workers
    return try #require(workers.first?.id)
  }

  @Test func aPoolIsCycledOneProcessAfterTheOther() async throws {
    try await Stack.with { stack in
      let worker = try await stack.worker()
      let cycle = Task {
        try await stack.sallyport(
          "pool", "cycle", "builders", "--reason", "new image", "--output", "json")
      }
      // What a supervisor does with this exit code.
      #expect(try await stack.exitCode(of: worker) == 75)
      try await stack.startWorkerAgain("worker-1")
      let result = try await cycle.value
      #expect(result.status == 0, "\(result.errorText)")
      let events = try result.text.split(separator: "\n").map {
        try JSONDecoder().decode(Event.self, from: Data($0.utf8))
      }
      #expect(events.map(\.event) == ["draining", "returned"])
      #expect(events.last?.done == 1 && events.last?.total == 1)
      let job = try await stack.submit([], command: ["echo", "again"])
      #expect(job.result.text == "again\n", "\(job.result.errorText)")
    }
  }

  @Test func aDrainStopsWhatTakesLongerAndTheWorkerEnds() async throws {
    try await Stack.with { stack in
      let started = try Signal(in: stack.data)
      let job = try await stack.submitWithoutFollowing(
        [], command: ["sh", "-c", "echo now > \(started.path); exec sleep 600"])
      _ = try await started.received(using: stack.executables)
      let worker = try await stack.worker()
      let drain = try await stack.sallyport(
        "worker", "drain", try await workerID(stack), "--timeout", "1s", "--wait", "--reason",
        "maintenance")
      #expect(drain.status == 0, "\(drain.errorText)")
      #expect(drain.text.contains("drained"), "\(drain.text)")
      let shown = try await stack.show(job)
      #expect(shown.state == "lost" && shown.reason?.isEmpty == false, "\(shown)")
      #expect(try await stack.exitCode(of: worker) == 0)
    }
  }
}
