import ArgumentParser
import BenchmarkSupport
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import SallyportTLS
import SallyportTransport

/// Calls a server, and prints how long it took and what it cost this process.
struct Call: AsyncParsableCommand {
  @OptionGroup var connection: Connection
  @Option var port: Int
  @Option(help: "Unary calls, one after the other; 0 for one server stream.") var unary = 0
  @Option(help: "Messages of the stream.") var messages = 0
  @Option(help: "Bytes of a message.") var size = 16

  func run() async throws {
    let folder = try IdentityFolder(connection.identities)
    switch connection.transport {
    case .sallyport:
      let tls = try folder.tls(.client)
      let loop = ClientLoop()
      let transport = SecureClientTransport(
        endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "localhost"),
        tls: { tls }, loop: loop)
      try await withTaskExecutorPreference(loop.executor) {
        try await withGRPCClient(transport: transport) { try await measure($0) }
      }
    case .nio, .nioUncoalesced:
      let transport = try HTTP2ClientTransport.Posix(
        target: .ipv4(address: "127.0.0.1", port: port),
        transportSecurity: .mTLS(
          certificateChain: [.bytes(try folder.certificate("client"), format: .der)],
          privateKey: .bytes(try folder.key("client"), format: .der)
        ) { configuration in
          configuration.trustRoots = .certificates([.bytes(folder.root, format: .der)])
        },
        config: .defaults { config in
          config.http2.authority = "localhost"
          if connection.transport == .nioUncoalesced { config.connection.flushCoalescing = nil }
        })
      try await withGRPCClient(transport: transport) { try await measure($0) }
    }
  }

  private func measure<Transport: ClientTransport>(_ client: GRPCClient<Transport>) async throws {
    // The connection and the first of everything.
    for _ in 0..<100 { try await echo(client, [UInt8](repeating: 1, count: size)) }
    if unary > 0 {
      try await measureUnary(client)
    } else {
      try await measureStream(client)
    }
  }

  private func measureUnary<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>
  ) async throws {
    let message = [UInt8](repeating: 1, count: size)
    var latencies: [Double] = []
    latencies.reserveCapacity(unary)
    let whole = Stopwatch()
    for _ in 0..<unary {
      let one = Stopwatch()
      try await echo(client, message)
      latencies.append(one.wallSeconds)
    }
    var report = Report()
    report.add("seconds", whole.wallSeconds)
    report.add("cpu_seconds", whole.cpuSeconds)
    report.add(latencies: latencies)
    report.print()
  }

  private func measureStream<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>
  ) async throws {
    let wish = StreamWish(count: messages, size: size)
    let watch = Stopwatch()
    let bytes = try await client.serverStreaming(
      request: ClientRequest(message: wish.message), descriptor: StreamService.stream,
      serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      var bytes = 0
      for try await message in response.messages { bytes += message.count }
      return bytes
    }
    guard bytes == messages * size else { throw Failure("the stream ended after \(bytes) bytes") }
    var report = Report()
    report.add("seconds", watch.wallSeconds)
    report.add("cpu_seconds", watch.cpuSeconds)
    report.add("bytes", Double(bytes))
    report.print()
  }

  private func echo<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>, _ message: [UInt8]
  ) async throws {
    try await client.unary(
      request: ClientRequest(message: message), descriptor: StreamService.echo,
      serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
    ) { response in
      guard try response.message.count == message.count else { throw Failure("not an echo") }
    }
  }
}
