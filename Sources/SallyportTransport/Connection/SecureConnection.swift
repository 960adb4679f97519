import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportTLS

/// TLS and HTTP/2 over a ``Carrier``: drives both engines, and owns the streams.
///
/// The same class serves a TCP socket and a CONNECT stream (the sealed channel). Confined to
/// `eventLoop`, as are its streams, its delegate and its carrier.
///
/// Input runs carrier -> TLS -> HTTP/2 -> streams as it arrives. Output runs the other way once
/// per batch of input or turn of the loop, so that many frames share a TLS record and many
/// records a system call, and only while the carrier is writable.
final class SecureConnection: CarrierDelegate {
  enum Role: Sendable { case client, server }

  /// Everything about a connection but its carrier.
  struct Configuration {
    var role: Role
    var limits: TransportLimits
    var timers: ConnectionTimers.Policy
  }

  static let keepalivePing: UInt64 = 0x5361_6c6c_7970_6f72
  static let drainPing: UInt64 = 0x5361_6c6c_7944_7261

  let id = ConnectionID.random()
  let configuration: Configuration
  let carrier: any Carrier
  var delegate: (any ConnectionDelegate)?
  var tls: TLSEngine?
  var http2: HTTP2Engine?
  var lifecycle: ConnectionLifecycle
  var timers: ConnectionTimers
  var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
  var stalls: StallWatch
  var streams: [HTTP2StreamID: any ConnectionStream] = [:]
  let reassembly: ReassemblyBudget
  /// What the peer gave as the reason of its GOAWAY.
  var goAwayError: ConnectionError?

  var isInBatch = false
  var isSettling = false
  var isSettleScheduled = false
  var needsOutput = false
  var batchListeners: [any ConnectionStream] = []

  var eventLoop: any EventLoop { carrier.eventLoop }
  var limits: TransportLimits { configuration.limits }
  /// Set once secured, where a peer certificate was asked for.
  private(set) var peer: PeerIdentity?

  init(
    carrier: any Carrier, tls: TLSEngine, configuration: Configuration,
    delegate: any ConnectionDelegate
  ) {
    _ = FreedMemory.isKept
    self.carrier = carrier
    self.tls = tls
    self.configuration = configuration
    self.delegate = delegate
    self.lifecycle = ConnectionLifecycle(acceptsStreams: configuration.role == .server)
    self.timers = ConnectionTimers(configuration.timers, now: .now())
    self.reassembly = ReassemblyBudget(
      limit: max(configuration.limits.connectionWindow, configuration.limits.maximumMessageSize))
    self.stalls = StallWatch(timeout: configuration.timers.stalledStream)
  }

  // MARK: CarrierDelegate

  func carrierIsReady() {
    guard !lifecycle.isClosed else { return }
    timers.connected(now: .now())
    armTimer()
    if configuration.role == .client {
      advance()
      settle()
    }
  }

  func carrierReceived(_ bytes: ByteBuffer) {
    guard !lifecycle.isClosed else { return }
    isInBatch = true
    // Input may call for answers, or open windows, without any event that says so.
    needsOutput = true
    timers.received(now: .now())
    tls?.receive(bytes)
    advance()
  }

  func carrierReadCompleted() { settle() }

  func carrierInputEnded() {
    guard !lifecycle.isClosed else { return }
    tls?.receiveEnd()
    advance()
    if !lifecycle.isClosed {
      finish(
        ConnectionError(code: .truncated, message: "the connection ended without a TLS close"))
    }
  }

  func carrierBecameWritable() {
    needsOutput = true
    settle()
  }

  func carrierClosed(_ error: ConnectionError?) {
    finish(error ?? ConnectionError(code: .lost, message: "the connection was lost"))
  }

  // MARK: Input

  /// Bytes of plaintext that are read at once.
  private static let readLimit = 256 * 1_024

  private func advance() {
    do {
      if lifecycle.state == .handshaking {
        guard let tls else { return }
        needsOutput = true
        guard try tls.handshake() == .complete else { return }
        try secured(tls)
      }
      while let tls {
        var plaintext = ByteBuffer()
        switch try tls.read(into: &plaintext, limit: Self.readLimit) {
        case .bytes:
          try http2?.receive(plaintext)
          dispatchEvents()
        case .needsInput:
          return
        case .closed:
          finish(
            goAwayError
              ?? ConnectionError(code: .closedByPeer, message: "the peer closed the connection"))
        }
      }
    } catch {
      fail(ConnectionError(error))
    }
  }

  private func secured(_ tls: TLSEngine) throws {
    peer = tls.peer
    http2 = try HTTP2Engine(
      role: configuration.role == .client ? .client : .server, limits: limits,
      now: { .now() })
    let isToDrain = lifecycle.secured()
    timers.secured(now: .now())
    armTimer()
    delegate?.connectionSecured(self)
    if isToDrain { beginDrain() }
  }

  func dispatchEvents() {
    while let event = http2?.nextEvent() { dispatch(event) }
  }

  private func dispatch(_ event: HTTP2Event) {
    switch event {
    case .headers(let id, let fields, let endStream):
      if let stream = streams[id] {
        stream.receivedHeaders(fields, endStream: endStream)
      } else if configuration.role == .server,
        let stream = delegate?.connection(self, opened: id, fields, endStream: endStream)
      {
        add(stream, id)
      }
    case .trailers(let id, let fields):
      streams[id]?.receivedTrailers(fields)
    case .data(let id, let bytes):
      if let stream = streams[id] {
        stream.receivedData(bytes)
      } else {
        consume(id, bytes.readableBytes)
      }
    case .inputEnded(let id):
      streams[id]?.receivedEnd()
    case .sent(let id, let bytes):
      stalls.progressed(id, bytes: bytes, isAllSent: { self.queuedBytes(id) == 0 })
      streams[id]?.sent(bytes)
    case .streamClosed(let id, let code, let byPeer):
      // A peer that resets without an error has cut its half short all the same, or ours: what was
      // complete before has been delivered as such (RFC 9113, section 8.1).
      remove(id, code == .noError && !byPeer ? .finished : .reset(code, byPeer: byPeer))
    case .pingAcknowledged(let payload):
      if payload == Self.drainPing {
        perform(lifecycle.announcementSeen())
      } else {
        timers.pingAcknowledged()
      }
    case .settingsAcknowledged:
      timers.confirmed()
      delegate?.connectionConfirmed(self)
    case .goAway(_, let code, let debugData):
      peerIsGoingAway(code, debugData)
    }
  }

  private func peerIsGoingAway(_ code: HTTP2ErrorCode, _ debugData: String) {
    if code != .noError {
      let detail = debugData.isEmpty ? "" : " (\(PercentEncoding.encode(debugData)))"
      goAwayError = ConnectionError(
        code: .protocolViolation,
        message: "the peer ended the connection with HTTP/2 error \(code.rawValue)\(detail)")
    }
    if lifecycle.peerIsGoingAway() {
      timers.draining()
      delegate?.connectionDraining(self)
      setNeedsOutput()
    }
  }

  // MARK: Streams

  func add(_ stream: any ConnectionStream, _ id: HTTP2StreamID) {
    streams[id] = stream
    if streams.count == 1 {
      timers.hasStreams(true, now: .now())
      armTimer()
    }
  }

  func remove(_ id: HTTP2StreamID, _ end: StreamEnd) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    if streams.isEmpty { timers.hasStreams(false, now: .now()) }
    stream.closed(end)
    if streams.isEmpty { setNeedsOutput() }
  }
}
