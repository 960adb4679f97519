/// Which ends of an attempt are followed by another attempt.
package enum RetryOn: String, Hashable, Sendable {
  case never
  /// Attempts that were lost with their worker.
  case lost = "on-lost"
  /// Also those that failed or ran into their timeout.
  case always
}
