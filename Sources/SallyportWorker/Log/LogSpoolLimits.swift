/// The bounds of one attempt's log.
package struct LogSpoolLimits: Hashable, Sendable {
  /// Bytes that may wait for the gateway's acknowledgement before the job's output is no longer
  /// read.
  package var maximumUnacknowledged: UInt64 = 64 << 20
  /// Bytes of the whole log; a job that writes more is killed and fails.
  package var maximumLength: UInt64 = 1 << 30

  package init() {}
}
