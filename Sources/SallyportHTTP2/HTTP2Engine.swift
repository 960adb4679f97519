package import NIOCore
package import SallyportCore

// API contract, to be implemented. Bodies are placeholders.

package typealias HTTP2StreamID = Int32

/// One header field, pseudo-header fields included.
package struct HeaderField: Hashable, Sendable {
  package var name: String
  package var value: String
  /// Never put into the HPACK dynamic table (RFC 7541, section 7.1.3).
  package var isSensitive: Bool
  package init(_ name: String, _ value: String, isSensitive: Bool = false) {
    self.name = name
    self.value = value
    self.isSensitive = isSensitive
  }
}

/// RFC 9113, section 7.
package struct HTTP2ErrorCode: Hashable, Sendable, RawRepresentable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package static let noError = HTTP2ErrorCode(rawValue: 0)
  package static let protocolError = HTTP2ErrorCode(rawValue: 1)
  package static let internalError = HTTP2ErrorCode(rawValue: 2)
  package static let flowControlError = HTTP2ErrorCode(rawValue: 3)
  package static let settingsTimeout = HTTP2ErrorCode(rawValue: 4)
  package static let streamClosed = HTTP2ErrorCode(rawValue: 5)
  package static let frameSizeError = HTTP2ErrorCode(rawValue: 6)
  package static let refusedStream = HTTP2ErrorCode(rawValue: 7)
  package static let cancel = HTTP2ErrorCode(rawValue: 8)
  package static let compressionError = HTTP2ErrorCode(rawValue: 9)
  package static let connectError = HTTP2ErrorCode(rawValue: 10)
  package static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 11)
}

package enum HTTP2Event: Sendable {
  /// A request head (server) or response head (client, 1xx left out).
  case headers(HTTP2StreamID, [HeaderField], endStream: Bool)
  case trailers(HTTP2StreamID, [HeaderField])
  /// A slice of the received plaintext, not a copy. `flowControlled` bytes (payload and padding)
  /// must be given back through ``HTTP2Engine/consume(_:count:)`` once dealt with.
  case data(HTTP2StreamID, ByteBuffer, flowControlled: Int)
  /// The peer's half of the stream ended with END_STREAM on DATA.
  case inputEnded(HTTP2StreamID)
  /// That many queued bytes have been put into frames: room for more.
  case sent(HTTP2StreamID, bytes: Int)
  /// The stream is gone. `noError` where both halves ended; otherwise who reset it.
  case streamClosed(HTTP2StreamID, HTTP2ErrorCode, byPeer: Bool)
  case pingAcknowledged(UInt64)
  case settingsAcknowledged
  /// The peer opens no streams above `last` to be handled, nor takes any of ours above it.
  case goAway(last: HTTP2StreamID, HTTP2ErrorCode, debugData: String)
}

/// One HTTP/2 connection without I/O (RFC 9113), on nghttp2. Confined to one event loop.
///
/// Windows are opened by ``consume(_:count:)`` only, coalesced by the engine into few WINDOW_UPDATE
/// frames. Abuse limits (`TransportLimits.maximumControlFrames`) are applied inside: the engine queues
/// GOAWAY `ENHANCE_YOUR_CALM` and throws.
package final class HTTP2Engine {
  package enum Role: Sendable, Hashable { case client, server }

  /// - Parameter now: Monotonic time for rate limits; injected so that tests own the clock.
  package init(role: Role, limits: TransportLimits, now: @escaping () -> NIODeadline) throws(HTTP2Error) { fatalError("placeholder") }

  /// Feeds plaintext. Events are then taken with ``nextEvent()``. After a throw the connection is
  /// over; outbound bytes may still hold a GOAWAY that should be sent.
  package func receive(_ plaintext: ByteBuffer) throws(HTTP2Error) { fatalError("placeholder") }
  package func nextEvent() -> HTTP2Event? { fatalError("placeholder") }

  /// Client: opens a stream. Throws where the peer's limit is reached or after GOAWAY.
  package func openStream(_ headers: [HeaderField], endStream: Bool) throws(HTTP2Error) -> HTTP2StreamID { fatalError("placeholder") }
  /// Server: response head, or both: trailers (which end the stream). Trailers follow the data queued before.
  package func sendHeaders(_ stream: HTTP2StreamID, _ headers: [HeaderField], endStream: Bool) throws(HTTP2Error) { fatalError("placeholder") }
  package func sendTrailers(_ stream: HTTP2StreamID, _ headers: [HeaderField]) throws(HTTP2Error) { fatalError("placeholder") }
  /// Queues data; the engine keeps it until the peer's windows let it out. Bound it by ``queuedBytes(_:)``.
  package func sendData(_ stream: HTTP2StreamID, _ data: ByteBuffer, endStream: Bool) throws(HTTP2Error) { fatalError("placeholder") }
  package func queuedBytes(_ stream: HTTP2StreamID) -> Int { fatalError("placeholder") }
  /// Bytes dealt with; opens the stream's and the connection's window in time.
  package func consume(_ stream: HTTP2StreamID, count: Int) { fatalError("placeholder") }
  package func reset(_ stream: HTTP2StreamID, _ code: HTTP2ErrorCode) { fatalError("placeholder") }
  package func ping(_ payload: UInt64) { fatalError("placeholder") }
  /// Announces shutdown: GOAWAY with the highest id first (RFC 9113, section 6.8), streams go on.
  package func beginShutdown() { fatalError("placeholder") }
  /// GOAWAY with the last stream handled: nothing above it will be.
  package func goAway(_ code: HTTP2ErrorCode, debugData: String) { fatalError("placeholder") }

  /// Appends frames to `output` until it holds at least `limit` bytes or nothing is left.
  /// - Returns: True where more is waiting.
  package func produce(into output: inout ByteBuffer, limit: Int) throws(HTTP2Error) -> Bool { fatalError("placeholder") }
  package var openStreams: Int { fatalError("placeholder") }
  /// Streams that have data queued and whose send window is zero.
  package var stalledStreams: [HTTP2StreamID] { fatalError("placeholder") }
  /// True once neither side has anything more to say: close the transport.
  package var isFinished: Bool { fatalError("placeholder") }
}

package struct HTTP2Error: Error, Sendable, CustomStringConvertible {
  package let code: HTTP2ErrorCode
  package let message: String
  package init(code: HTTP2ErrorCode, message: String) { self.code = code; self.message = message }
  package var description: String { message }
}
