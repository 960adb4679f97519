package import SallyportCore

/// Logs of attempts: bytes in order, each stored once.
package protocol LogStore {
  /// Stores what lies at or above the durable offset, and compares what lies below with what is
  /// stored. Durable when it returns.
  func appendLog(_ append: LogAppend, by worker: WorkerReference) async throws -> LogAppendResult

  /// The length of a log that this worker is writing; nil where it does not hold the attempt.
  func openLogLength(of attempt: AttemptID, by worker: WorkerReference) async throws -> UInt64?

  /// For who is told of a log again and again: one look instead of four.
  ///
  /// - Parameters:
  ///   - epoch: Nil for the job's latest.
  ///   - offset: Where `bytes` begins; at most `limit` of them.
  func watchedLog(
    of job: JobID, epoch: UInt64?, from offset: UInt64, limit: Int, of tenant: TenantName,
    by reader: GatewayIdentity
  ) async throws -> WatchedLog

  /// Stored bytes from `offset` on, at most `limit`; empty at the end.
  func readLog(
    of attempt: AttemptID, of tenant: TenantName, from offset: UInt64, limit: Int
  ) async throws -> [UInt8]
}
