package import NIOCore

/// What happened on a connection, in order. Both ``HTTP2Engine/receive(_:)`` and
/// ``HTTP2Engine/produce(into:limit:)`` give rise to events.
package enum HTTP2Event: Sendable {
  /// A request head (server) or response head (client, 1xx left out).
  case headers(HTTP2StreamID, [HeaderField], endStream: Bool)
  /// The fields after the body; they end the peer's half of the stream.
  case trailers(HTTP2StreamID, [HeaderField])
  /// A slice of the received plaintext, or a copy where it is a small part of that; small frames in
  /// a row are gathered into one event. The bytes must be given back through
  /// ``HTTP2Engine/consume(_:count:)`` once dealt with; padding is given back by the engine.
  case data(HTTP2StreamID, ByteBuffer)
  /// The peer's half of the stream ended with END_STREAM on DATA.
  case inputEnded(HTTP2StreamID)
  /// That many queued bytes have been put into frames: room for more.
  case sent(HTTP2StreamID, bytes: Int)
  /// The stream is gone. `noError` where both halves ended; otherwise who reset it.
  case streamClosed(HTTP2StreamID, HTTP2ErrorCode, byPeer: Bool)
  /// The answer to ``HTTP2Engine/ping(_:)``.
  case pingAcknowledged(UInt64)
  /// The peer has applied our settings.
  case settingsAcknowledged
  /// The peer opens no streams above `last` to be handled, nor takes any of ours above it.
  case goAway(last: HTTP2StreamID, HTTP2ErrorCode, debugData: String)
}
