/// The bounds of one attempt's log.
package struct LogSpoolLimits: Sendable {
  /// Bytes that may wait for the gateway's acknowledgement before the job's output is no longer
  /// read.
  package var maximumUnacknowledged: UInt64 = 64 << 20
  /// Bytes of the whole log; a job that writes more is killed and fails.
  package var maximumLength: UInt64 = 1 << 30
  /// What all logs may have together; nil: as much as each may.
  package var budget: SpoolBudget?
  /// How long a job is paused whose log the full disk does not take, before it is killed and fails.
  package var fullDiskPatience = Duration.seconds(60)

  package init() {}
}
