/// Why a pool's jobs are not offered.
package struct PoolPause: Hashable, Sendable {
  /// For people.
  package var reason: String
  package var since: Timestamp

  package init(reason: String, since: Timestamp) {
    self.reason = reason
    self.since = since
  }
}
