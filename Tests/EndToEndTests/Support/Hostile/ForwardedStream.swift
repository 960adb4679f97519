import NIOCore
import SallyportHTTP2

@testable import SallyportTransport

/// One leg of a stream that a hostile gateway passes on: what it receives goes to the other leg.
final class ForwardedStream: ConnectionStream {
  enum Item {
    case head([HeaderField], end: Bool)
    case data(ByteBuffer)
    case trailers([HeaderField])
    case end
    case reset(HTTP2ErrorCode)
  }

  /// The leg towards the worker or VCS agent that opened the stream, or the one to the gateway.
  enum Role { case accepted, dialed }

  private let role: Role
  private let connection: SecureConnection
  private let traffic: HostileTraffic
  private var id: HTTP2StreamID
  private var other: ForwardedStream?
  private var tap: (relay: TappedRelay, side: RelaySide)?
  /// Received before there was another leg.
  private var backlog: [Item] = []
  private var isInputEnded = false
  private var isOutputEnded = false
  private var isClosed = false

  /// A stream that was opened by the far end.
  init(
    _ id: HTTP2StreamID, on connection: SecureConnection, endStream: Bool, traffic: HostileTraffic
  ) {
    role = .accepted
    self.id = id
    self.traffic = traffic
    self.connection = connection
    isInputEnded = endStream
  }

  /// The stream's second leg.
  private init(
    dialing connection: SecureConnection, _ fields: [HeaderField], for other: ForwardedStream
  ) throws {
    role = .dialed
    id = 0
    self.connection = connection
    traffic = other.traffic
    // What came meanwhile, an end included, is sent after this.
    isOutputEnded = other.isInputEnded && other.backlog.isEmpty
    id = try connection.open(self, fields, endStream: isOutputEnded)
    self.other = other
  }

  /// Opens the second leg. A worker's leg to the gateway stands for the agent.
  func forward(
    to connection: SecureConnection, _ fields: [HeaderField], through relay: TappedRelay?
  ) {
    guard !isClosed else { return }
    do {
      let dialed = try ForwardedStream(dialing: connection, fields, for: self)
      other = dialed
      if let relay {
        tap = (relay, .worker)
        dialed.tap = (relay, .agent)
        relay.attach(self, as: .worker)
        relay.attach(dialed, as: .agent)
      }
    } catch {
      self.connection.reset(id, .refusedStream)
    }
    let items = backlog
    backlog = []
    for item in items { pass(item) }
  }

  private func pass(_ item: Item) {
    if let (relay, side) = tap {
      relay.passed(item, from: side)
    } else if let other {
      other.send(item)
    } else {
      backlog.append(item)
    }
  }

  func send(_ item: Item) {
    guard !isClosed else { return }
    switch item {
    case .reset(let code): return connection.reset(id, code)
    case _ where isOutputEnded: return
    case .head(let fields, let end):
      isOutputEnded = end
      connection.sendHeaders(id, fields, endStream: end)
    case .data(let data): connection.sendData(id, data, endStream: false)
    case .trailers(let fields):
      isOutputEnded = true
      connection.sendTrailers(id, fields)
    case .end:
      isOutputEnded = true
      connection.sendData(id, ByteBuffer(), endStream: true)
    }
  }

  // MARK: ConnectionStream

  func receivedHeaders(_ fields: [HeaderField], endStream: Bool) {
    if endStream { isInputEnded = true }
    traffic.record(fields)
    pass(.head(fields, end: endStream))
  }

  func receivedData(_ data: ByteBuffer) {
    connection.consume(id, data.readableBytes)
    traffic.record(data)
    pass(.data(data))
  }

  func receivedTrailers(_ fields: [HeaderField]) {
    isInputEnded = true
    traffic.record(fields)
    pass(.trailers(fields))
  }

  func receivedEnd() {
    guard !isInputEnded else { return }
    isInputEnded = true
    pass(.end)
  }

  func sent(_ bytes: Int) {}

  func closed(_ end: StreamEnd) {
    isClosed = true
    switch end {
    case .finished:
      // The gateway has answered and wants no more (RFC 9113, section 8.1).
      if role == .dialed, tap?.relay.hidesResets != true, let other, !other.isClosed,
        !other.isInputEnded
      {
        other.connection.stopInput(other.id)
      }
    case .reset(let code, _): pass(.reset(code))
    case .connectionLost: pass(.reset(.cancel))
    }
    if let (relay, side) = tap { relay.closed(side) }
    tap = nil
    other = nil
    backlog = []
  }
}
