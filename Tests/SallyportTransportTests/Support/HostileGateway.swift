import NIOCore
import NIOPosix
import SallyportCore
import SallyportHTTP2
import SallyportRelay
import SallyportTLS
import SallyportTransportTestSupport

@testable import SallyportTransport

/// A gateway that does with the bytes of a relay what it likes.
final class HostileGateway: Sendable {
  /// What becomes of the bytes from the agent to the worker. Called with their position.
  enum Act: Sendable {
    case pass(ByteBuffer)
    /// Passes them, and then says that this was all.
    case passAndEnd(ByteBuffer)
    case reset
  }

  let port: Int
  private let channel: any Channel
  private let group: MultiThreadedEventLoopGroup

  /// - Parameter act: Given the bytes so far from the agent, and the next ones.
  init(
    _ identities: TestIdentities, act: @escaping @Sendable (Int, ByteBuffer) -> Act
  ) async throws {
    let context = try TLSContext(identities.serverTLS)
    // One loop, so that the legs can call each other.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let meeting = NIOLoopBoundBox<Meeting>.makeBoxSendingValue(
      Meeting(act: act), eventLoop: group.any())
    channel = try await ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let carrier = SocketCarrier(channel: channel)
          let limits = TransportLimits()
          let connection = SecureConnection(
            carrier: carrier, tls: try context.makeEngine(serverName: nil),
            configuration: .init(
              role: .server, limits: limits, timers: .init(limits)),
            delegate: HostileConnection(meeting: meeting.value))
          carrier.setDelegate(connection)
          try channel.pipeline.syncOperations.addHandler(carrier)
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.group = group
    port = channel.localAddress?.port ?? 0
  }

  func stop() async throws {
    try await channel.close()
    try await group.shutdownGracefully()
  }
}

/// Where the two legs find each other.
private final class Meeting {
  let act: @Sendable (Int, ByteBuffer) -> HostileGateway.Act
  var waiting: HostileLeg?

  init(act: @escaping @Sendable (Int, ByteBuffer) -> HostileGateway.Act) { self.act = act }

  func arrived(_ leg: HostileLeg) {
    guard let other = waiting else {
      waiting = leg
      return
    }
    waiting = nil
    leg.other = other
    other.other = leg
    leg.accept()
    other.accept()
  }
}

private final class HostileConnection: ConnectionDelegate {
  let meeting: Meeting

  init(meeting: Meeting) { self.meeting = meeting }

  func connectionSecured(_ connection: SecureConnection) {}
  func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError) {}

  func connection(
    _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
    endStream: Bool
  ) -> (any ConnectionStream)? {
    let isAgent = fields.contains { $0.name == ":authority" && $0.value.contains(".relay.") }
    let leg = HostileLeg(connection, stream, meeting, isAgent: isAgent)
    // Not before the stream is the connection's.
    connection.eventLoop.assumeIsolated().execute { [meeting] in meeting.arrived(leg) }
    return leg
  }
}

private final class HostileLeg: ConnectionStream {
  let connection: SecureConnection
  let id: HTTP2StreamID
  let meeting: Meeting
  let isAgent: Bool
  var other: HostileLeg?
  private var position = 0
  private var isOutputEnded = false

  init(_ connection: SecureConnection, _ id: HTTP2StreamID, _ meeting: Meeting, isAgent: Bool) {
    self.connection = connection
    self.id = id
    self.meeting = meeting
    self.isAgent = isAgent
  }

  func accept() { connection.sendHeaders(id, [HeaderField(":status", "200")], endStream: false) }

  func receivedData(_ data: ByteBuffer) {
    connection.consume(id, data.readableBytes)
    guard isAgent else {
      other?.send(data)
      return
    }
    defer { position += data.readableBytes }
    switch meeting.act(position, data) {
    case .pass(let data): other?.send(data)
    case .passAndEnd(let data):
      other?.send(data)
      other?.end()
    case .reset:
      if let other { other.connection.reset(other.id, .cancel) }
    }
  }

  private func send(_ data: ByteBuffer) {
    if !isOutputEnded { connection.sendData(id, data, endStream: false) }
  }

  private func end() {
    guard !isOutputEnded else { return }
    isOutputEnded = true
    connection.sendData(id, ByteBuffer(), endStream: true)
  }

  func receivedTrailers(_ fields: [HeaderField]) {}
  func receivedEnd() { other?.end() }
  func sent(_ bytes: Int) {}

  func closed(_ end: StreamEnd) {
    if case .finished = end {} else if let other { other.connection.reset(other.id, .cancel) }
    other = nil
  }
}
