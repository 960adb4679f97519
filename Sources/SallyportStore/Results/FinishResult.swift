/// What became of an ``AttemptResult``.
package enum FinishResult: Hashable, Sendable {
  /// The job may be queued again: then another attempt follows.
  case recorded(JobRecord, outcome: JobState)
  /// The attempt had ended before; this is how, whatever has become of its job since.
  case repeated(outcome: JobState)
  /// The worker does not hold this attempt, or it was never offered.
  case stale
}
