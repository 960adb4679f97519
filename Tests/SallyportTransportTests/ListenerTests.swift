import GRPCCore
import NIOCore
import NIOPosix
import SallyportCore
import SallyportRelay
import SallyportTLS
import SallyportTestSupport
import SallyportTransportTestSupport
import Synchronization
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct ListenerTests {
  @Test func silentSocketsAreClosedAndTheirNumberIsBounded() async throws {
    var limits = TransportLimits()
    // Enough for the client that speaks, on a busy machine.
    limits.handshakeTimeout = .seconds(4)
    limits.maximumPendingHandshakesPerAddress = 3
    let identities = try TestIdentities()
    try await withServer(identities: identities, limits: limits) { _, port in
      var silent: [RawSocket] = []
      for _ in 0..<3 { silent.append(try await RawSocket(port: port)) }
      // A start of a ClientHello is silence, too.
      try? await silent[0].send([22, 3, 1, 0, 200, 1])
      // All are closed at their deadline, and so is the one too many, which waits meanwhile.
      silent.append(try await RawSocket(port: port))
      for socket in silent { try await socket.closed() }
      try await withClient(port: port, tls: identities.clientTLS) { client in
        try await client.expectEcho()
      }
    }
  }

  @Test func clientsThatDoNotAcknowledgeOurSettingsAreCutOff() async throws {
    var limits = TransportLimits()
    // Enough for the client that does, on a busy machine.
    limits.handshakeTimeout = .seconds(4)
    let identities = try TestIdentities()
    try await withServer(identities: identities, limits: limits) { _, port in
      let client = try await MutePeer.connect(port: port, identities.clientTLS)
      try await client.closeFuture.get()
      try await withClient(port: port, tls: identities.clientTLS) { try await $0.expectEcho() }
    }
  }

  @Test func aServerThatDoesNotAcknowledgeOurSettingsFailsTheCall() async throws {
    var limits = TransportLimits()
    limits.handshakeTimeout = .seconds(1)
    let identities = try TestIdentities()
    let server = try await MutePeer.listen(identities.serverTLS)
    let port = try #require(server.localAddress?.port)
    let error = await #expect(throws: ConnectionError.self) {
      try await identities.connect(port: port, limits: limits)
    }
    #expect(error?.code == .settingsTimeout)
    try await server.close()
  }

  @Test func connectionsThatEndAtOnceFailAndDoNotHang() async throws {
    let identities = try TestIdentities()
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.close(promise: nil)
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(server.localAddress?.port)
    for _ in 0..<200 {
      await #expect(throws: ConnectionError.self) { try await identities.connect(port: port) }
    }
    try await server.close()
  }

  @Test func clientsWithoutACertificateAreBoundedForAllTheirLife() async throws {
    var limits = TransportLimits()
    limits.maximumPendingHandshakesPerAddress = 2
    limits.handshakeTimeout = .seconds(2)
    let identities = try TestIdentities()
    var configuration = identities.serverTLS
    configuration.peerCertificate = .none
    configuration.verifyPeer = nil
    var anonymous = identities.clientTLS
    anonymous.certificateChain = []
    anonymous.privateKey = nil
    let (server, client) = (configuration, anonymous)
    try await withServer(identities: identities, limits: limits, tls: { server }) { _, port in
      try await withClient(port: port, tls: client) { first in
        try await first.expectEcho()
        try await withClient(port: port, tls: client) { second in
          try await second.expectEcho()
          // Waits for longer than it is prepared to.
          try await RawSocket(port: port).closed()
        }
        // Waits, and has the place of the second.
        try await withClient(port: port, tls: client) { try await $0.expectEcho() }
      }
    }
  }

  @Test func whatIsNotTLSIsRefused() async throws {
    let identities = try TestIdentities()
    try await withServer(identities: identities) { _, port in
      for text in ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"] {
        let socket = try await RawSocket(port: port)
        try await socket.send(Array(text.utf8))
        try await socket.closed()
      }
    }
  }

  @Test func clientsWithoutAGoodCertificateAreTold() async throws {
    let identities = try TestIdentities()
    let foreign = try TestIdentities()
    try await withServer(identities: identities) { _, port in
      var none = identities.clientTLS
      none.certificateChain = []
      none.privateKey = nil
      var other = foreign.clientTLS
      other.trustRoots = identities.clientTLS.trustRoots
      let expired = identities.configuration(
        .client,
        try identities.pki.issue(TestLeaf(uris: ["spiffe://outer.test/worker/9"]).expired()))
      for tls in [none, other, expired] {
        let error = await #expect(throws: RPCError.self) {
          try await withClient(port: port, tls: tls) { try await $0.echo([1]) }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("TLS failed") == true, "\(error?.message ?? "")")
      }
    }
  }

  @Test func aServerOfAnotherNameOrCAIsRefused() async throws {
    let identities = try TestIdentities()
    let foreign = try TestIdentities()
    try await withServer(identities: identities) { _, port in
      let error = await #expect(throws: RPCError.self) {
        try await withClient(port: port, tls: foreign.clientTLS) { try await $0.echo([1]) }
      }
      #expect(error?.code == .unavailable)
      let tls = identities.clientTLS
      let transport = SecureClientTransport(
        endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "other.test"),
        tls: { tls })
      let wrongName = await #expect(throws: RPCError.self) {
        try await withGRPCClient(transport: transport) { try await $0.echo([1]) }
      }
      #expect(wrongName?.code == .unavailable)
    }
  }

  @Test func whereNobodyListensCallsAreUnavailable() async throws {
    let identities = try TestIdentities()
    let error = await #expect(throws: RPCError.self) {
      try await withClient(port: 1, tls: identities.clientTLS) { try await $0.echo([1]) }
    }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("127.0.0.1:1") == true)
  }

  @Test func shutdownLetsCallsEnd() async throws {
    let (started, start) = AsyncStream<Void>.makeStream()
    let service = TestService(methods: [
      "Slow": { _, context in
        start.yield()
        // The end of the server is what this call waits for.
        try await context.cancellation.cancelled
        return StreamingServerResponse { writer in
          try await writer.write([42])
          return [:]
        }
      }
    ])
    let identities = try TestIdentities()
    try await withServer(service, identities: identities) { server, port in
      try await withClient(port: port, tls: identities.clientTLS) { client in
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
          group.addTask { try await client.echo([], method: "Slow") }
          for await _ in started { break }
          server.beginGracefulShutdown()
          for try await reply in group { #expect(reply == [42]) }
        }
        let error = await #expect(throws: RPCError.self) { try await client.echo([1]) }
        #expect(error?.code == .unavailable)
      }
    }
  }

  @Test func shutdownCutsWhatDoesNotEnd() async throws {
    var limits = TransportLimits()
    limits.shutdownGrace = .milliseconds(200)
    let (started, start) = AsyncStream<Void>.makeStream()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    let service = TestService(methods: [
      "Endless": { request, _ in
        StreamingServerResponse { writer in
          start.yield()
          do {
            for try await _ in request.messages {}
          } catch {
            cancel.yield()
          }
          return [:]
        }
      }
    ])
    let identities = try TestIdentities()
    try await withServer(service, identities: identities, limits: limits) { server, port in
      try await withClient(port: port, tls: identities.clientTLS) { client in
        let error = await #expect(throws: RPCError.self) {
          try await client.bidirectionalStreaming(
            request: StreamingClientRequest { _ in try await Task.sleep(for: .seconds(600)) },
            descriptor: TestService.method("Endless"), serializer: BytesSerializer(),
            deserializer: BytesDeserializer(), options: .defaults
          ) { response in
            for await _ in started { break }
            server.beginGracefulShutdown()
            for try await _ in response.messages {}
          }
        }
        #expect(error?.code == .unavailable)
        for await _ in cancelled { break }
      }
    }
  }

  /// As where a process ends that does not wait for anybody.
  @Test func cancellationClosesTheSocketAndEveryConnection() async throws {
    let identities = try TestIdentities()
    let tls = identities.serverTLS
    let transport = SecureServerTransport(host: "127.0.0.1", port: 0, tls: { tls })
    let server = GRPCServer(transport: transport, services: [])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      let port = try #require(try await transport.listeningAddress.port)
      let open = try await RawSocket(port: port)
      group.cancelAll()
      try? await group.waitForAll()
      try await open.closed()
      // The kernel takes connections until the socket is gone.
      while (try? await RawSocket(port: port)) != nil {}
    }
  }

  /// The servers that a client has met, in order.
  private final class SeenServers: Sendable {
    private let seen = Mutex<[String]>([])

    var names: [String] { seen.withLock { $0 } }

    func client(of identities: TestIdentities) -> TLSConfiguration {
      var client = identities.clientTLS
      client.verifyPeer = { [self] chain in
        let identity = try TestIdentities.identity(chain)
        seen.withLock { $0.append(identity.spiffeID.uri) }
        return identity
      }
      return client
    }
  }

  /// Under the same host name as the first, with another identity.
  private func secondServer(of identities: TestIdentities) throws -> TLSConfiguration {
    identities.configuration(
      .server,
      try identities.pki.issue(
        TestLeaf(uris: ["spiffe://outer.test/gateway2"], dnsNames: ["gateway.test"])))
  }

  /// As where a process hands its sockets to the one that takes its place.
  @Test func twoListenersOfOneSocketAcceptOneAfterTheOther() async throws {
    let identities = try TestIdentities()
    let (first, second) = (identities.serverTLS, try secondServer(of: identities))
    let servers = SeenServers()
    let clientTLS = servers.client(of: identities)
    let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
    let successor = SecureServerTransport(
      socket: try ListeningSocket(inherited: socket.duplicate()), isAccepting: false,
      tls: { second })
    let predecessor = SecureServerTransport(socket: socket, tls: { first })
    try await withThrowingTaskGroup(of: Void.self) { group in
      for transport in [predecessor, successor] {
        let server = GRPCServer(transport: transport, services: [TestService.echoing])
        group.addTask { try await server.serve() }
      }
      _ = try await successor.listeningAddress
      let port = try #require(try await predecessor.listeningAddress.port)
      let call = { @Sendable in
        try await withClient(port: port, tls: clientTLS) { try await $0.expectEcho() }
      }
      for _ in 0..<4 { try await call() }
      await predecessor.stopAccepting()
      try await withThrowingTaskGroup(of: Void.self) { calls in
        for _ in 0..<8 { calls.addTask { try await call() } }
        // All wait for somebody to accept them.
        for _ in 0..<8 { _ = try await RawSocket(port: port) }
        successor.startAccepting()
        try await calls.waitForAll()
      }
      predecessor.beginGracefulShutdown()
      successor.beginGracefulShutdown()
      try await group.waitForAll()
    }
    let (old, new) = ("spiffe://outer.test/gateway", "spiffe://outer.test/gateway2")
    #expect(
      servers.names == Array(repeating: old, count: 4) + Array(repeating: new, count: 8))
  }

  @Test func oldConnectionsAreDrained() async throws {
    var limits = TransportLimits()
    limits.maximumConnectionAge = .seconds(2)
    let identities = try TestIdentities()
    try await withServer(identities: identities, limits: limits) { _, port in
      try await withClient(port: port, tls: identities.clientTLS) { client in
        var error: RPCError?
        while error == nil {
          do {
            _ = try await client.echo([1])
          } catch let failure as RPCError {
            error = failure
          }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.cause is CallNotSent)
      }
      try await withClient(port: port, tls: identities.clientTLS) { client in
        try await client.expectEcho()
      }
    }
  }

  @Test func aRenewedCertificateServesNewConnectionsAndLeavesOldOnesAlone() async throws {
    let identities = try TestIdentities()
    let renewed = try secondServer(of: identities)
    let old = identities.serverTLS
    let isRenewed = FreezingProxy.Flag()
    let servers = SeenServers()
    let clientTLS = servers.client(of: identities)
    try await withServer(
      identities: identities, tls: { isRenewed.isSet ? renewed : old }
    ) { _, port in
      try await withClient(port: port, tls: clientTLS) { first in
        _ = try await first.echo([1])
        isRenewed.isSet = true
        try await withClient(port: port, tls: clientTLS) { second in
          _ = try await second.echo([1])
        }
        let reply = try await first.echo([2])
        #expect(reply == [2])
      }
    }
    #expect(
      servers.names == ["spiffe://outer.test/gateway", "spiffe://outer.test/gateway2"])
  }

  @Test func halfOpenConnectionsAreNoticedByBothSides() async throws {
    var limits = TransportLimits()
    limits.keepaliveInterval = .seconds(1)
    limits.keepaliveTimeout = .seconds(1)
    let (started, start) = AsyncStream<Void>.makeStream()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    let service = TestService(methods: [
      "Hang": { _, context in
        start.yield()
        try await context.cancellation.cancelled
        cancel.yield()
        return StreamingServerResponse { _ in [:] }
      }
    ])
    let identities = try TestIdentities()
    let keepalive = limits
    try await withServer(service, identities: identities, limits: limits) { _, port in
      let proxy = try await FreezingProxy(to: port)
      try await withClient(port: proxy.port, tls: identities.clientTLS, limits: keepalive) {
        client in
        try await withThrowingTaskGroup(of: RPCError?.self) { group in
          group.addTask {
            await #expect(throws: RPCError.self) { try await client.echo([], method: "Hang") }
          }
          for await _ in started { break }
          proxy.freeze()
          for try await error in group { #expect(error?.code == .unavailable) }
        }
        for await _ in cancelled { break }
      }
      try await proxy.stop()
    }
  }

  @Test func aReaderThatStopsIsCutOff() async throws {
    var limits = TransportLimits()
    limits.stalledStreamTimeout = .milliseconds(400)
    let (stalled, stall) = AsyncStream<Void>.makeStream()
    let service = TestService(methods: [
      "Flood": { _, _ in
        StreamingServerResponse { writer in
          do {
            while true { try await writer.write([UInt8](repeating: 0, count: 65_536)) }
          } catch {
            stall.yield()
            throw error
          }
        }
      },
      "Echo": TestService.echo,
    ])
    try await withStack(service, limits: limits, clientLimits: TransportLimits()) { client in
      let error = await #expect(throws: RPCError.self) {
        try await client.serverStreaming(
          request: ClientRequest(message: []), descriptor: TestService.method("Flood"),
          serializer: BytesSerializer(), deserializer: BytesDeserializer(), options: .defaults
        ) { response in
          for await _ in stalled { break }
          for try await _ in response.messages {}
        }
      }
      #expect(error?.code == .resourceExhausted)
      try await client.expectEcho()
    }
  }

  /// Messages larger than the window, more of them at once than the connection may hold.
  @Test func largeMessagesTakeTurns() async throws {
    var limits = TransportLimits()
    limits.connectionWindow = 4 << 20
    limits.maximumMessageSize = 1 << 20
    try await withStack(limits: limits) { client in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<12 {
          group.addTask {
            let message = [UInt8](repeating: UInt8(index), count: (1 << 20) - index)
            return try await client.echo(message) == message
          }
        }
        for try await isSame in group { #expect(isSame) }
      }
    }
  }
}
