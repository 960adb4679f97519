/// Whether an attempt's log is known to be whole.
package enum LogState: String, Hashable, Sendable {
  case open
  /// Length and SHA-256 are those that the worker reported.
  case complete
  case incomplete
}
