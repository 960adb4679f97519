/// How much of an attempt's log is stored.
package struct LogExtent: Hashable, Sendable {
  /// Everything below this offset is durable.
  package var length: UInt64
  package var state: LogState

  package init(length: UInt64, state: LogState) {
    self.length = length
    self.state = state
  }
}
