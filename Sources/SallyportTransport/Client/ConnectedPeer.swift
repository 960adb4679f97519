/// A connection that calls and relays can be opened on.
struct ConnectedPeer: Sendable {
  let connection: LoopReference<SecureConnection>
  /// As gRPC writes addresses.
  let remotePeer: String
  let localPeer: String
}
