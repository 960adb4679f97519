/// The bounds of one HTTP/2 connection and of the listener that accepts it. Every default is the
/// one that docs/operations.md names.
package struct TransportLimits: Sendable, Hashable {
  /// From accept or connect to the end of the TLS handshake and the peer's SETTINGS acknowledgement.
  package var handshakeTimeout: Duration = .seconds(10)
  /// Connections that have not shown who they are, over all addresses: before the end of the
  /// handshake, and for their whole life where no client certificate is asked for.
  package var maximumPendingHandshakes = 1_024
  /// The same for one remote network: an IPv4 address, or the first 64 bits of an IPv6 address.
  package var maximumPendingHandshakesPerAddress = 64
  /// Handshakes that a listener begins per second.
  package var handshakesPerSecond = 1_000
  /// Accepted connections that wait for their handshake to begin, for ``handshakeTimeout`` at most;
  /// beyond that the kernel's queue holds them.
  package var maximumWaitingConnections = 4_096
  /// Bytes of an uncompressed header list (RFC 9113, section 6.5.2).
  package var maximumHeaderListSize = 16 * 1_024
  /// Streams that a peer may have open at once. More are advertised, so that the one too many is
  /// answered `RESOURCE_EXHAUSTED` and does not cost the connection.
  package var maximumConcurrentStreams = 1_024
  /// Bytes of the largest frame payload accepted (RFC 9113, section 4.2).
  package var maximumFrameSize = 64 * 1_024
  /// Bytes that every stream may have received and not dealt with, whatever others do.
  package var initialStreamWindow = 64 * 1_024
  /// Bytes to which a stream's window grows while its reader keeps up and the sender does not.
  package var streamWindow = 8 << 20
  /// Bytes by which the windows of all streams of a connection may exceed the initial ones.
  /// Memory for received bytes is bounded by ``maximumConcurrentStreams`` initial windows plus this.
  package var windowGrowth = 32 << 20
  /// Flow-control window of the connection, in bytes: what may be on its way. It is opened as bytes
  /// arrive, so that streams which are not read never stop the others.
  package var connectionWindow = 32 << 20
  /// Bytes of one gRPC message.
  package var maximumMessageSize = 4 << 20
  /// Resets, pings, settings, empty and priority frames, each: at most this many per
  /// ``abuseInterval``; beyond that GOAWAY `ENHANCE_YOUR_CALM`.
  package var maximumControlFrames = 200
  package var abuseInterval: Duration = .seconds(30)
  /// A stream with data to send, of which the peer takes next to nothing for this long, is reset.
  package var stalledStreamTimeout: Duration = .seconds(60)
  /// A PING goes out after this long without inbound traffic.
  package var keepaliveInterval: Duration = .seconds(30)
  /// A connection is closed where it is silent for this long after a PING, or where the answer is
  /// missing for four times this long whatever else arrives.
  package var keepaliveTimeout: Duration = .seconds(30)
  /// A relay that carries nothing for this long is closed.
  package var relayIdleTimeout: Duration = .seconds(300)
  /// From sending a CONNECT to its answer: the longest relay deadline that a gateway may be
  /// configured with (300 s), and a margin.
  package var relayAnswerTimeout: Duration = .seconds(330)
  /// A server drains a connection (GOAWAY) at this age, +-10 %, and tells its calls to end.
  package var maximumConnectionAge: Duration = .seconds(3_600)
  /// From that age until calls that are still open are ended with `UNAVAILABLE`.
  package var agedCallGrace: Duration = .seconds(300)
  /// From that age until relays that still move are cut.
  package var agedRelayGrace: Duration = .seconds(3_600)
  /// From a shutdown's GOAWAY to closing whatever is left.
  package var shutdownGrace: Duration = .seconds(30)

  package init() {}

  /// These limits for a listener whose peers show no certificate: a call or two, and goodbye.
  package var forAnonymousPeers: TransportLimits {
    var limits = self
    limits.maximumConcurrentStreams = 8
    limits.initialStreamWindow = 64 * 1_024
    limits.streamWindow = 64 * 1_024
    limits.windowGrowth = 0
    limits.connectionWindow = 512 * 1_024
    limits.maximumMessageSize = 64 * 1_024
    limits.maximumConnectionAge = .seconds(60)
    limits.agedCallGrace = .seconds(10)
    limits.agedRelayGrace = .seconds(10)
    return limits
  }
}
