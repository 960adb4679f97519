import FoundationEssentials
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct HandoverTests {
  /// Jobs, a fetch and a follower go on while the gateway is replaced, twice.
  @Test func nothingFailsWhileTheGatewayIsReplaced() async throws {
    let megabytes = 160
    try await Stack.with { stack in
      // More than the relay's windows and buffers hold, so that it is under way for a while.
      try await stack.addLargeFile("large.bin", megabytes: megabytes)
      let started = try Signal(in: stack.data)
      let follower = Task {
        try await stack.submit(
          [],
          command: [
            "sh", "-c",
            """
            echo now > \(started.path)
            for i in $(seq 1 400); do echo "line $i"; sleep 0.02; done
            """,
          ])
      }
      _ = try await started.received(using: stack.executables)
      let isOver = Flag()
      let submits = Task { try await submitUntil(isOver, stack) }
      let fetch = Task {
        try await stack.submit(
          ["--repo", "on-prem:team/app.git", "--ref", "main"],
          command: ["sh", "-c", "stat -c %s large.bin"])
      }
      try await stack.relayIsMoving()
      let original = try await stack.gateway
      let first = try await stack.replaceGateway(count: 1)
      // The relay keeps the old process until it ends.
      #expect(try ProcessEvidence.memory("VmRSS", of: original) > 0)
      let second = try await stack.replaceGateway(count: 2)
      #expect(first != second)

      let fetched = try await fetch.value
      #expect(fetched.result.status == 0, "\(fetched.result.errorText)")
      #expect(fetched.result.text == "\(megabytes << 20)\n")
      isOver.set()
      let jobs = try await submits.value
      #expect(jobs.count > 0)
      #expect(Set(jobs).count == jobs.count)
      let followed = try await follower.value
      #expect(followed.result.status == 0, "\(followed.result.errorText)")
      #expect(followed.result.text == (1...400).map { "line \($0)\n" }.joined())
      for job in jobs {
        let ended = try await stack.sallyport("job", "logs", "--follow", job)
        #expect(ended.text == "ran\n", "\(ended.errorText)")
        let shown = try await stack.show(job)
        #expect(shown.state == "succeeded", "\(shown)")
      }
    }
  }

  /// Whatever keeps a new process from serving harms nobody.
  @Test func aProcessThatCannotStartLeavesTheOldOneServing() async throws {
    try await Stack.with(.gatewayOnly) { stack in
      let file = "\(stack.data)/gateway/gateway.yaml"
      let good = try String(contentsOfFile: file, encoding: .utf8)
      try Data((good + "unknown-key: true\n").utf8).write(to: URL(filePath: file))
      try await stack.signal(try await stack.gateway, "USR2")
      _ = try await stack.logLines("gateway", matching: "did not come to serve.*exit code 78")
      let listed = try await stack.sallyport("pool", "list")
      #expect(listed.status == 0, "\(listed.errorText)")

      try Data(good.utf8).write(to: URL(filePath: file))
      let successor = try await stack.replaceGateway(count: 1)
      let gateway = try await stack.gateway
      #expect(successor == gateway)
      let again = try await stack.sallyport("pool", "list")
      #expect(again.status == 0, "\(again.errorText)")
    }
  }

  /// The service manager holds the sockets: the gateway serves what it is given, by name.
  @Test func socketsOfTheServiceManagerAreServed() async throws {
    try await Stack.with(.gatewayOnly) { stack in
      let gateway = try await stack.gateway
      try await stack.stop(gateway)
      let result = try await stack.executables.run(
        "/usr/bin/python3",
        [
          "\(Executables.packageRoot)/Tests/EndToEndTests/Resources/activate.py",
          "\(stack.executables.folder)/sallyport-gateway", "\(stack.data)/gateway",
        ])
      #expect(result.status == 0, "\(result.errorText)")
      #expect(result.text == "READY=1 STOPPING=1 served agents enroll operator\n")
    }
  }

  /// One after the other, each by a process of its own, as a control plane's script would.
  private func submitUntil(_ isOver: Flag, _ stack: Stack) async throws -> [String] {
    var jobs: [String] = []
    while !isOver.isSet {
      let job = try await stack.submitWithoutFollowing([], command: ["echo", "ran"])
      jobs.append(job)
    }
    return jobs
  }
}
