import SallyportRelay

/// What one connection of a listener knows about its ends.
struct ConnectionInfo: Sendable {
  let context: PeerContext
  /// As gRPC writes addresses.
  let remotePeer: String
  let localPeer: String
  let calls: CallCounter
}

/// What event loops hand to the tasks of a listener.
enum ServerWork: Sendable {
  case call(GRPCServerCall, ConnectionInfo)
  case relay(ConnectLeg, ConnectionInfo)
  /// Of a call that outlasts its handler.
  case errand(@Sendable () async -> Void)
}
