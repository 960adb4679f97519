/// What became of a ``JobSubmission``.
package struct JobSubmissionResult: Hashable, Sendable {
  package var job: JobRecord
  /// False where the idempotency key had been used.
  package var isNew: Bool

  package init(job: JobRecord, isNew: Bool) {
    self.job = job
    self.isNew = isNew
  }
}
