/// The bounds of one HTTP/2 connection and of the listener that accepts it. Every default is the
/// one that docs/operations.md names.
package struct TransportLimits: Sendable, Hashable {
  /// From accept or connect to the end of the TLS handshake.
  package var handshakeTimeout: Duration = .seconds(10)
  /// Connections that have not finished their handshake, over all addresses.
  package var maximumPendingHandshakes = 1_024
  /// The same for one remote address.
  package var maximumPendingHandshakesPerAddress = 64
  /// Bytes of an uncompressed header list (RFC 9113, section 6.5.2).
  package var maximumHeaderListSize = 16 * 1_024
  /// Streams that a peer may have open at once. More are advertised, so that the one too many is
  /// answered `RESOURCE_EXHAUSTED` and does not cost the connection.
  package var maximumConcurrentStreams = 1_024
  /// Bytes of the largest frame payload accepted (RFC 9113, section 4.2).
  package var maximumFrameSize = 64 * 1_024
  /// Initial flow-control window of each stream, in bytes.
  package var streamWindow = 1 << 20
  /// Flow-control window of the connection, in bytes.
  package var connectionWindow = 16 << 20
  /// Bytes of one gRPC message.
  package var maximumMessageSize = 4 << 20
  /// Resets, pings, settings, empty and priority frames, each: at most this many per
  /// ``abuseInterval``; beyond that GOAWAY `ENHANCE_YOUR_CALM`.
  package var maximumControlFrames = 200
  package var abuseInterval: Duration = .seconds(30)
  /// A stream with data to send, whose peer has left the window at zero for this long, is reset.
  package var stalledStreamTimeout: Duration = .seconds(60)
  /// A PING goes out after this long without inbound traffic.
  package var keepaliveInterval: Duration = .seconds(30)
  /// A connection whose PING is not answered within this time is closed.
  package var keepaliveTimeout: Duration = .seconds(30)
  /// A relay that carries nothing for this long is closed.
  package var relayIdleTimeout: Duration = .seconds(300)
  /// A server drains a connection (GOAWAY) at this age, +-10 %.
  package var maximumConnectionAge: Duration = .seconds(3_600)
  /// From GOAWAY to closing whatever is left.
  package var shutdownGrace: Duration = .seconds(30)

  package init() {}
}
