import GRDB

/// What a ``JobRecord`` is made of, in the order in which queries ask for it: found by position,
/// because finding it by name, more than thirty times for each job, was 5 % of a gateway's CPU time.
enum JobColumn: Int, CaseIterable, RowColumn {
  case id, tenant, pool, state, epoch, vcsPool, submittedBy, submittedAt, worker
  case startedAt, finishedAt, exitCode, signal, openedReason, openedCommitId
  case cancelRequested, openedCancelReason, cancelAcknowledged, cancelRequestedAt
  case cancelRequestedBy, cancelDeliveredAt, leaseExpiresAt
  case logLength, logState, openedLogIncompleteReason, relayBytesToWorker, relayBytesToAgent
  case rank, queueTimeout, retryOn, retryAttempts, retryBackoff, retryMaximumBackoff
  case openedSelectorLabels, attemptsRun, offersReturned, notBefore

  /// For `SELECT ... FROM job_view`.
  static let list = allCases.map(\.name).joined(separator: ", ")

  /// As the view has it.
  var name: String {
    "\(self)".map { $0.isUppercase ? "_\($0.lowercased())" : "\($0)" }.joined()
  }

  func stored(in row: Row) -> DatabaseValue { row[rawValue] }
}
