package import SallyportCore

/// What a handler knows of the connection that a call or relay came in on.
///
/// Computed once per connection; see ``CallContext``.
package struct PeerContext: Sendable {
  /// Nil only on a listener that asks for no client certificate (enroll).
  package let peer: PeerIdentity?
  package let connection: ConnectionID
  /// For logs and audit, for example `127.0.0.1:50412`.
  package let remoteAddress: String

  package init(peer: PeerIdentity?, connection: ConnectionID, remoteAddress: String) {
    self.peer = peer
    self.connection = connection
    self.remoteAddress = remoteAddress
  }
}
