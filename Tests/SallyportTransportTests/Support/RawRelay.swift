import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportRelay
import SallyportTransportTestSupport

@testable import SallyportTransport

/// A gateway, and connections of a worker and an agent whose CONNECT streams tests make by hand.
struct RawRelay: Sendable {
  let stack: RelayStack
  let matchmaker: Matchmaker
  let worker: ConnectedPeer
  let agent: ConnectedPeer

  static func run(
    _ limits: TransportLimits = TransportLimits(),
    _ body: @escaping @Sendable (RawRelay) async throws -> Void
  ) async throws {
    var stack = try RelayStack()
    stack.limits = limits
    let matchmaker = Matchmaker()
    try await stack.withGateway(matchmaker) { [stack] _, port in
      let relay = RawRelay(
        stack: stack, matchmaker: matchmaker, worker: try await stack.gateway.connect(port: port),
        agent: try await stack.gateway.connect(port: port))
      try await body(relay)
      for peer in [relay.worker, relay.agent] {
        peer.connection.run {
          $0.close(ConnectionError(code: .closedLocally, message: "the test is over"))
        }
      }
    }
  }

  typealias Leg = (id: HTTP2StreamID, finished: Outcome<RawStream.Response>)

  /// - Parameter data: What the agent sends.
  func open(data: ByteBuffer = ByteBuffer()) async throws -> (worker: Leg, agent: Leg) {
    let agent = try await RawStream.begin(
      self.agent, RawStream.connect(RelayStack.agentRequest), data: data)
    let worker = try await RawStream.begin(
      self.worker, RawStream.connect(RelayStack.workerRequest), data: ByteBuffer(string: "x"))
    return (worker, agent)
  }

  /// A call on a connection that carries relays.
  func echo(_ peer: ConnectedPeer) async throws -> Bool {
    let message: [UInt8] = [0, 0, 0, 0, 1, 9]
    return try await RawStream.exchange(peer, RawStream.call(), data: message).data == message
  }

  /// Calls until the relays have carried that many bytes to the worker.
  func carried(_ bytes: UInt64) async throws {
    while matchmaker.meter.bytesToWorker < bytes { _ = try await echo(worker) }
  }
}
