import NIOCore
import NIOPosix
import SallyportCore
import SallyportHTTP2
import SallyportTLS

@testable import SallyportTransport

/// One connection of a worker or VCS agent, and the one that a hostile gateway makes to the real
/// gateway in the same name. Streams of the one are opened on the other.
final class HostileLink: ConnectionDelegate {
  private let plan: HostileGateway.Plan
  private var accepted: SecureConnection?
  private var dialed: SecureConnection?
  private var waiting: [(stream: ForwardedStream, fields: [HeaderField])] = []

  init(_ plan: HostileGateway.Plan) { self.plan = plan }

  /// On the loop of the channel.
  static func accept(_ channel: any Channel, _ tls: TLSContext, _ plan: HostileGateway.Plan) throws
  {
    try start(
      channel, try tls.makeEngine(serverName: nil), role: .server, delegate: HostileLink(plan))
  }

  private static func start(
    _ channel: any Channel, _ engine: TLSEngine, role: SecureConnection.Role,
    delegate: any ConnectionDelegate
  ) throws {
    let carrier = SocketCarrier(channel: channel)
    let limits = TransportLimits()
    let connection = SecureConnection(
      carrier: carrier, tls: engine,
      configuration: .init(
        role: role, limits: limits, timers: .init(limits)),
      delegate: delegate)
    carrier.setDelegate(connection)
    try channel.pipeline.syncOperations.addHandler(carrier)
  }

  // MARK: The connection of the worker or VCS agent

  func connectionSecured(_ connection: SecureConnection) {
    accepted = connection
    do {
      guard let peer = connection.peer else { throw HostileGateway.Failure.noPeer }
      let engine = try plan.engine(as: peer)
      ClientBootstrap(group: connection.eventLoop)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .connect(host: "127.0.0.1", port: plan.gatewayPort)
        .assumeIsolated().whenComplete { [self] result in
          do {
            try Self.start(
              try result.get(), engine, role: .client, delegate: Dialed(link: self))
          } catch {
            close(error)
          }
        }
    } catch {
      close(error)
    }
  }

  func connection(
    _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
    endStream: Bool
  ) -> (any ConnectionStream)? {
    plan.traffic.record(fields)
    let forwarded = ForwardedStream(
      stream, on: connection, endStream: endStream, traffic: plan.traffic)
    if let dialed {
      forward(forwarded, fields, to: dialed)
    } else {
      waiting.append((forwarded, fields))
    }
    return forwarded
  }

  func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError) {
    accepted = nil
    waiting = []
    let dialed = dialed
    self.dialed = nil
    dialed?.close(ConnectionError(code: .closedLocally, message: "the other side has gone"))
  }

  private func forward(
    _ stream: ForwardedStream, _ fields: [HeaderField], to connection: SecureConnection
  ) {
    let isRelay = fields.contains {
      $0.name == ":authority" && $0.value.hasSuffix(".vcs.sallyport")
    }
    do {
      stream.forward(to: connection, fields, through: isRelay ? try plan.attack.next() : nil)
    } catch {
      close(error)
    }
  }

  private func close(_ error: any Error) {
    accepted?.close(ConnectionError(error))
  }

  // MARK: The connection to the gateway

  private func ready(_ connection: SecureConnection) {
    guard accepted != nil else {
      return connection.close(
        ConnectionError(code: .closedLocally, message: "the other side has gone"))
    }
    guard dialed == nil else { return }
    dialed = connection
    let streams = waiting
    waiting = []
    for (stream, fields) in streams { forward(stream, fields, to: connection) }
  }

  private final class Dialed: ConnectionDelegate {
    private let link: HostileLink

    init(link: HostileLink) { self.link = link }

    func connectionSecured(_ connection: SecureConnection) {}
    func connectionConfirmed(_ connection: SecureConnection) { link.ready(connection) }

    func connection(
      _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
      endStream: Bool
    ) -> (any ConnectionStream)? {
      nil
    }

    func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError) {
      link.dialed = nil
      link.close(error)
    }
  }
}
