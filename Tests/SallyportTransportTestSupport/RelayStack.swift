import GRPCCore
import NIOCore
import NIOPosix
package import SallyportCore
package import SallyportRelay
package import SallyportTLS
import SallyportTestSupport
package import SallyportTransport

/// A gateway on the loopback, a worker and an agent that have certificates of its CA, and inner
/// certificates of a trust root of their own.
package struct RelayStack: Sendable {
  package var workerSeal: TLSConfiguration
  package var agentSeal: TLSConfiguration
  package var workerOuter: TLSConfiguration
  package var agentOuter: TLSConfiguration
  package let gateway: TestIdentities
  package let trust: TestIdentities
  package var limits = TransportLimits()
  /// Event loops of the gateway: with two, worker and agent are on different ones.
  package var loops = 2

  package init() throws {
    gateway = try TestIdentities()
    trust = try TestIdentities(client: "spiffe://inner.test/worker/1")
    let agent = try gateway.pki.issue(TestLeaf(uris: ["spiffe://outer.test/agent/1"]))
    let innerAgent = try trust.pki.issue(TestLeaf(uris: ["spiffe://inner.test/agent/1"]))
    workerOuter = gateway.clientTLS
    agentOuter = gateway.configuration(.client, agent)
    workerSeal = trust.clientTLS
    agentSeal = trust.configuration(.server, innerAgent)
  }

  package static let workerRequest = RelayRequest(authority: "code.vcs.sallyport")
  package static let agentRequest = RelayRequest(authority: "0123.relay.sallyport")

  package func dialer(
    port: Int, outer: TLSConfiguration, seal: TLSConfiguration
  ) -> SecureGatewayDialer {
    SecureGatewayDialer(
      endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "gateway.test"),
      tls: { outer }, sealed: { seal }, limits: limits)
  }

  /// Runs a gateway whose relays `handler` decides about.
  package func withGateway<Result: Sendable>(
    _ handler: (any ConnectHandler)?,
    _ body: (SecureServerTransport, Int) async throws -> Result
  ) async throws -> Result {
    let configuration = gateway.serverTLS
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let transport = SecureServerTransport(
      host: "127.0.0.1", port: 0, tls: { configuration }, limits: limits, connectHandler: handler,
      loops: ServerLoops(group))
    let server = GRPCServer(transport: transport, services: [TestService.echoing])
    let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await server.serve() }
      guard let port = try await transport.listeningAddress.port else {
        throw TestFailure("no port")
      }
      let result: Swift.Result<Result, any Error>
      do {
        result = .success(try await body(transport, port))
      } catch {
        result = .failure(error)
      }
      tasks.cancelAll()
      try await tasks.waitForAll()
      return result
    }
    try await group.shutdownGracefully()
    return try result.get()
  }

  /// Runs a gateway and an agent that serves one relay, and hands a worker's dialer to `body`.
  /// - Returns: What `body` returns, and what the agent's `serve` threw.
  package func withSealedStack<Result: Sendable>(
    _ handler: any SealedHandler, matchmaker: Matchmaker = Matchmaker(),
    _ body: @escaping @Sendable (any SealedDialer, SecureServerTransport) async throws -> Result
  ) async throws -> (Result, agent: (any Error)?) {
    try await withGateway(matchmaker) { transport, port in
      try await withThrowingTaskGroup(of: (any Error)?.self) { group in
        group.addTask {
          do {
            try await dialer(port: port, outer: agentOuter, seal: agentSeal).withLink { link in
              guard let server = link.server else { throw TestFailure("no sealed server") }
              try await server.serve(Self.agentRequest, handler: handler)
            }
            return nil
          } catch {
            return error
          }
        }
        let result = try await dialer(port: port, outer: workerOuter, seal: workerSeal)
          .withLink { link in
            guard let dialer = link.dialer else { throw TestFailure("no sealed dialer") }
            return try await body(dialer, transport)
          }
        let agent = try await group.next() ?? nil
        return (result, agent)
      }
    }
  }
}
