internal import CNGHTTP2
package import NIOCore
package import SallyportCore

/// One HTTP/2 connection without I/O (RFC 9113), on nghttp2. Confined to one event loop.
///
/// Bytes go in through ``receive(_:)`` and come out through ``produce(into:limit:)``; after each of
/// the two, events are taken with ``nextEvent()`` until there are none.
///
/// The connection's window is opened as bytes arrive, a stream's by ``consume(_:count:)`` only, both
/// coalesced into few WINDOW_UPDATE frames. A stream that is not read therefore stops no other, and
/// what the engine's user holds is bounded by the windows of the streams: the initial one each, and
/// `TransportLimits.windowGrowth` for all of them together (``StreamWindow``). Bytes that nobody will
/// consume (padding, data on streams that are reset or closed) are given back by the engine.
///
/// Abuse limits (`TransportLimits.maximumControlFrames`, see ``AbuseLimiter``) are applied inside:
/// the engine queues GOAWAY `ENHANCE_YOUR_CALM` and throws. Errors of two kinds are thrown: by
/// `receive` and `produce` when the connection is over, by the calls that name a stream when that
/// stream cannot take what it is given, for instance because the peer has reset it meanwhile.
package final class HTTP2Engine {
  package enum Role: Sendable, Hashable { case client, server }

  /// Streams advertised beyond the cap: the one too many is surfaced and answered, where refusing it
  /// here would cost the connection once the peer has acknowledged our settings.
  package static let streamsAboveCap = 100

  let role: Role
  let limits: TransportLimits
  let now: () -> NIODeadline
  let session: NGHTTP2Session

  var streams: [HTTP2StreamID: HTTP2Stream] = [:]
  var events = EventQueue()
  var limiter: AbuseLimiter
  /// Why the connection is over.
  var failure: HTTP2Error?

  // Inbound.
  var received = ReceivedBytes()
  var receivedAt = NIODeadline.uptimeNanoseconds(0)
  var incoming: IncomingHeaders?
  var lastPeerStream: HTTP2StreamID = 0
  var pingsUnderWay = 0
  /// Bytes by which stream windows exceed the initial one.
  var grownWindows = 0
  var probe = RoundTripProbe()
  /// Streams that have a share of that.
  var sharingStreams = 0
  var initialWindow: Int { Self.initialWindow(limits) }
  var peerIsGoingAway = false

  // Outbound.
  /// Frames ready to leave; while producing, the caller's buffer, which those have been moved to.
  var output = ByteBuffer()
  var outputLimit = 0
  /// Replies to the peer that it has not made room for.
  var stagedReplies = 0
  var isStaging = false
  var isGoingAway = false
  var goAwaysQueued = 0

  /// - Parameter now: Monotonic time for rate limits; injected so that tests own the clock.
  /// - Throws: Where `limits` cannot be expressed in HTTP/2.
  package init(role: Role, limits: TransportLimits, now: @escaping () -> NIODeadline)
    throws(HTTP2Error)
  {
    self.role = role
    self.limits = limits
    self.now = now
    self.limiter = AbuseLimiter(
      limit: limits.maximumControlFrames, interval: TimeAmount(limits.abuseInterval))
    self.session = try NGHTTP2Session(role: role, limits: limits)
    session.sendCallbacks(to: self)
    // The preface first, whatever happens next (RFC 9113, section 3.4).
    stageControlFrames()
  }

  /// The next event; nil where all have been taken.
  package func nextEvent() -> HTTP2Event? {
    events.popFirst()
  }

  static func initialWindow(_ limits: TransportLimits) -> Int {
    min(limits.initialStreamWindow, limits.streamWindow)
  }

  /// Bytes that the peer's windows have not let out yet; zero for a stream that is gone.
  package func queuedBytes(_ stream: HTTP2StreamID) -> Int {
    streams[stream]?.outbound.byteCount ?? 0
  }

  /// Streams that have data queued.
  package var waitingStreams: [HTTP2StreamID] {
    guard failure == nil else { return [] }
    return streams.compactMap { id, stream in stream.outbound.isEmpty ? nil : id }
  }

  /// True once neither side has anything more to say: close the transport.
  package var isFinished: Bool {
    guard output.readableBytes == 0 else { return false }
    return failure != nil || (!session.wantsRead && !session.wantsWrite)
  }

  /// Ends the connection from our side without the library, which may not be called after it has
  /// failed: its last word is a GOAWAY that we write.
  func fail(_ error: HTTP2Error) {
    guard failure == nil else { return }
    failure = error
    GoAwayFrame(last: lastPeerStream, code: error.code, debugData: error.message)
      .write(to: &output)
  }
}
