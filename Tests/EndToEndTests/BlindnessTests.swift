import FoundationEssentials
import Subprocess
import Testing

/// What crosses the gateway is nowhere in it: memory, disk, logs, network.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BlindnessTests {
  @Test func theGatewaySeesNothingOfTheRepositoryNorTheWorkerTheCredential() async throws {
    let canaries = try await CanaryRepository.make()
    defer { canaries.remove() }
    try await Stack.with(repository: canaries.path, store: .plain) { stack in
      let ports = await stack.endpoints.gatewayPorts
      let capture = "\(stack.data)/gateway.pcap"
      let fetched = try Signal(in: stack.data)
      let dumped = try Signal(in: stack.data)

      try await PacketCapture.running(ports: ports, into: capture) {
        let job = try await stack.submitWithoutFollowing(
          ["--repo", "on-prem:team/app.git", "--ref", "main"],
          command: [
            "sh", "-c",
            "cmp blob-* \(canaries.blobCopy) && echo same > \(fetched.path); cat \(dumped.path)",
          ])
        // Proof that the canaries have crossed: the job compares the file that it checked out.
        #expect(try await fetched.received(using: stack.executables) == "same\n")
        try await MemoryDump.take(of: try await stack.gateway, into: "\(stack.data)/gateway-core")
        try await MemoryDump.take(of: try await stack.worker(), into: "\(stack.data)/worker-core")
        _ = try await stack.executables.run("/bin/sh", ["-c", "echo go > \(dumped.path)"])
        _ = try await stack.sallyport("job", "logs", "--follow", job)
        #expect(try await stack.show(job).state == "succeeded")
      }

      let password = Array(try Data(contentsOf: URL(filePath: "\(stack.data)/git-password")))
      let secrets = canaries.needles + [password]
      #expect(try ByteSearch.files(below: "\(stack.data)/gateway", containing: secrets) == [])
      #expect(try ByteSearch.found(secrets, in: "\(stack.data)/log/gateway.log") == [])
      #expect(try ByteSearch.found(secrets, in: "\(stack.data)/gateway-core") == [])
      #expect(try ByteSearch.found(secrets, in: capture) == [])
      #expect(try ByteSearch.files(below: "\(stack.data)/worker-1", containing: [password]) == [])
      #expect(try ByteSearch.found([password], in: "\(stack.data)/worker-core") == [])
      #expect(try ByteSearch.found([password], in: "\(stack.data)/log/worker-1.log") == [])

      // The search finds what is there: each process holds its own identity while it runs, and the
      // capture has traffic.
      let identity = Array("spiffe://\(Stack.gatewayTrustDomain)/".utf8)
      #expect(try ByteSearch.found([identity], in: "\(stack.data)/gateway-core") == [identity])
      #expect(try ByteSearch.found([identity], in: "\(stack.data)/worker-core") == [identity])
      let captured = try FileManager.default.attributesOfItem(atPath: capture)[.size] as? Int
      #expect((captured ?? 0) > CanaryRepository.blobSize)
    }
  }
}
