/// What became of an ``AttemptResult``.
package enum FinishResult: Hashable, Sendable {
  case recorded(JobRecord)
  /// The attempt had ended before; this is how.
  case repeated(JobRecord)
  /// The worker does not hold this attempt, or it was never offered.
  case stale
}
