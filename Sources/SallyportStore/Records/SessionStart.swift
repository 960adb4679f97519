package import SallyportCore

/// What is kept of a session when it opens.
package struct SessionStart: Hashable, Sendable {
  package var identity: GatewayIdentity
  package var session: SessionID
  package var version: String
  package var displayName: String
  package var capacity: UInt32
  package var labels: [String: String]
  package var time: Timestamp

  package init(
    identity: GatewayIdentity, session: SessionID, version: String, displayName: String,
    capacity: UInt32, labels: [String: String], time: Timestamp
  ) {
    self.identity = identity
    self.session = session
    self.version = version
    self.displayName = displayName
    self.capacity = capacity
    self.labels = labels
    self.time = time
  }
}
