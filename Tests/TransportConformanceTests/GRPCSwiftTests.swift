import GRPCCore
import GRPCNIOTransportHTTP2Posix
import SallyportTestSupport
import SallyportTransport
import SallyportTransportTestSupport
import Testing

/// grpc-swift's own HTTP/2 transport, on SwiftNIO and BoringSSL, as our client and as our server.
@Suite(.timeLimit(.minutes(2)))
struct GRPCSwiftTests {
  @Test func grpcSwiftCallsUs() async throws {
    let identities = try TestIdentities()
    try await withServer(.conformance, identities: identities) { _, port in
      let transport = try HTTP2ClientTransport.Posix(
        target: .ipv4(address: "127.0.0.1", port: port),
        transportSecurity: .mTLS(
          certificateChain: identities.client.chainDER.map { .bytes($0, format: .der) },
          privateKey: .bytes(Array(identities.client.privateKeyPEM.utf8), format: .pem)
        ) { configuration in
          configuration.trustRoots = .certificates([
            .bytes(identities.pki.rootDER, format: .der)
          ])
        }, config: .defaults { $0.http2.authority = "gateway.test" })
      try await withGRPCClient(transport: transport) { try await Self.check($0) }
    }
  }

  @Test func weCallGRPCSwift() async throws {
    let identities = try TestIdentities()
    let transport = HTTP2ServerTransport.Posix(
      address: .ipv4(host: "127.0.0.1", port: 0),
      transportSecurity: .mTLS(
        certificateChain: identities.server.chainDER.map { .bytes($0, format: .der) },
        privateKey: .bytes(Array(identities.server.privateKeyPEM.utf8), format: .pem)
      ) { configuration in
        configuration.trustRoots = .certificates([
          .bytes(identities.pki.rootDER, format: .der)
        ])
        configuration.clientCertificateVerification = .noHostnameVerification
      })
    try await withGRPCServer(transport: transport, services: [TestService.conformance]) { server in
      guard let port = try await server.transport.listeningAddress.ipv4?.port else {
        throw TestFailure("no port")
      }
      try await withClient(port: port, tls: identities.clientTLS) { try await Self.check($0) }
    }
  }

  private static func check<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>
  ) async throws {
    for size in [0, 1, 16_384, 65_536, 1 << 20, (4 << 20) - 1] {
      let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let reply = try await client.echo(message)
      #expect(reply == message)
    }
    var metadata = Metadata()
    metadata.addString("text", forKey: "x-text")
    metadata.addBinary([0, 255, 7], forKey: "x-data-bin")
    try await client.unary(
      request: ClientRequest(message: [1], metadata: metadata),
      descriptor: TestService.method("Echo"), serializer: BytesSerializer(),
      deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      for metadata in [response.metadata, response.trailingMetadata] {
        #expect(Array(metadata[stringValues: "x-text"]) == ["text"])
        #expect(Array(metadata[binaryValues: "x-data-bin"]) == [[0, 255, 7]])
      }
    }
    for (method, code) in [
      ("Fail", RPCError.Code.failedPrecondition), ("FailLate", .dataLoss), ("No", .unimplemented),
    ] {
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
    let count = try await client.clientStreaming(
      request: StreamingClientRequest { writer in
        for _ in 0..<500 { try await writer.write([UInt8](repeating: 1, count: 1_000)) }
      },
      descriptor: TestService.method("Count"), serializer: BytesSerializer(),
      deserializer: BytesDeserializer(), options: .defaults
    ) { try $0.message }
    #expect(count == Array("500000".utf8))
    let total = try await client.serverStreaming(
      request: ClientRequest(message: []), descriptor: TestService.method("Flood"),
      serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      var total = 0
      for try await message in response.messages { total += message.count }
      return total
    }
    #expect(total == 64 << 20)
  }
}
