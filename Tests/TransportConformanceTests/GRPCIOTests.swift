import GRPCCore
import SallyportCore
import SallyportTransport
import SallyportTransportTestSupport
import Subprocess
import Synchronization
import Testing

/// Python's grpcio, the C implementation of gRPC, as our client and as our server.
@Suite(.timeLimit(.minutes(5)))
struct GRPCIOTests {
  @Test func grpcioCallsUs() async throws {
    let identities = try TestIdentities()
    let folder = try IdentityFolder(identities)
    let python = try await Python.withGRPC()
    let result = try await withServer(.conformance, identities: identities) { _, port in
      try await Command.run(
        [python, Python.resource("grpc_client.py"), "\(port)", folder.path])
    }
    #expect(result.status == 0, "\(result.errorOutput)")
    let passed = result.output.split(separator: "\n").map(String.init)
    #expect(
      passed
        == [
          "unary", "client_streaming", "server_streaming", "bidirectional", "metadata", "status",
          "late_status", "unimplemented", "too_large", "deadline", "cancellation", "many_cancels",
          "concurrency", "slow_reader", "misuse", "compression", "no_certificate",
        ].map { "ok \($0)" })
  }

  @Test func weCallGRPCIO() async throws {
    let identities = try TestIdentities()
    let folder = try IdentityFolder(identities)
    let python = try await Python.withGRPC()
    let result = try await Subprocess.run(
      Command.executable([python]),
      arguments: [Python.resource("grpc_server.py"), folder.path],
      input: .inputWriter, output: .sequence, error: .string(limit: 1 << 20)
    ) { execution in
      var lines = execution.standardOutput.strings().makeAsyncIterator()
      guard let port = try await lines.next().flatMap({ Int($0.filter(\.isNumber)) }) else {
        throw TestFailure("grpc_server.py did not say its port")
      }
      try await withClient(port: port, tls: identities.clientTLS) { client in
        try await checks(client)
        // A call under way ends with the server's grace, and says why.
        let started = Task {
          await #expect(throws: RPCError.self) { try await client.echo([], method: "Hang") }
        }
        _ = try await execution.standardInputWriter.write("stop\n")
        try await execution.standardInputWriter.finish()
        let error = await started.value
        #expect([RPCError.Code.unavailable, .cancelled, .unknown].contains(error?.code))
      }
    }
    #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
  }

  private func checks(_ client: GRPCClient<SecureClientTransport>) async throws {
    for size in [0, 1, 16_384, 65_536, 1 << 20, 4 << 20] {
      let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let reply = try await client.echo(message)
      #expect(reply == message)
    }
    var metadata = Metadata()
    metadata.addString("first", forKey: "x-text")
    metadata.addString("second", forKey: "x-text")
    metadata.addBinary([0, 255, 7, 61, 128], forKey: "x-data-bin")
    try await client.unary(
      request: ClientRequest(message: [1], metadata: metadata),
      descriptor: TestService.method("Echo"), serializer: BytesSerializer(),
      deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      for metadata in [response.metadata, response.trailingMetadata] {
        #expect(Array(metadata[stringValues: "x-text"]) == ["first", "second"])
        #expect(Array(metadata[binaryValues: "x-data-bin"]) == [[0, 255, 7, 61, 128]])
      }
    }
    let failure = await #expect(throws: RPCError.self) {
      try await client.echo([], method: "Fail")
    }
    #expect(failure?.code == .failedPrecondition)
    #expect(failure?.message == "50 % of it: ünïcode\nand a line")
    #expect(failure.map { Array($0.metadata[stringValues: "why"]) } == ["because"])
    for (method, code) in [("No", RPCError.Code.unimplemented), ("FailLate", .dataLoss)] {
      let error = await #expect(throws: RPCError.self) {
        try await client.echo([], method: method)
      }
      #expect(error?.code == code)
    }
    var options = CallOptions.defaults
    options.timeout = .milliseconds(300)
    let late = await #expect(throws: RPCError.self) {
      try await client.echo([], method: "Hang", options: options)
    }
    #expect(late?.code == .deadlineExceeded)
    try await client.serverStreaming(
      request: ClientRequest(message: []), descriptor: TestService.method("Numbers"),
      serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      var next = 0
      for try await message in response.messages {
        #expect(message == Array("\(next)".utf8))
        next += 1
      }
      #expect(next == 1_000)
    }
    let peer = String(decoding: try await client.echo([], method: "Peer"), as: UTF8.self)
    #expect(peer == "spiffe://outer.test/worker/1")
  }
}
