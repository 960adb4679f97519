import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func sweep(
    at time: Timestamp, maximumOffers: UInt64,
    ended: @escaping @Sendable (JobRecord) -> AuditEntry
  ) async throws -> JobChanges {
    // Looking first keeps an idle gateway from writing.
    let isDue = try await read { try $0.overdueJobs(at: time, limit: 1).isEmpty == false }
    guard isDue else { return JobChanges() }
    return try await write { database in
      let overdue = try database.overdueJobs(at: time, limit: 1_000)
      let lost = try database.dropAttempts(
        overdue.filter { $0.state == .running }, reason: "the lease expired",
        maximumOffers: maximumOffers, at: time)
      let returned = try database.dropAttempts(
        overdue.filter { $0.state == .offered }, reason: "no worker accepted the offer in time",
        maximumOffers: maximumOffers, at: time)
      let expired = try overdue.filter { $0.state == .queued }.map { job in
        try database.end(job, as: .timedOut, reason: job.queueTimeoutReason, at: time)
      }
      let changes = JobChanges(
        ended: lost.ended + returned.ended + expired, requeued: lost.requeued + returned.requeued)
      for job in changes.endedAttempts { try database.append(ended(job)) }
      return changes
    }
  }
}

extension Database {
  fileprivate func overdueJobs(at time: Timestamp, limit: Int) throws -> [JobRecord] {
    var overdue: [JobRecord] = []
    for query in Self.overdueQueries where overdue.count < limit {
      overdue += try rows(query, [time.milliseconds, limit - overdue.count])
        .map { try JobRecord(row: $0) }
    }
    return overdue
  }

  static let overdueQueries = [
    "SELECT \(JobColumn.list) FROM job_view WHERE state = 'running' AND lease_expires_at <= ? LIMIT ?",
    "SELECT \(JobColumn.list) FROM job_view WHERE state = 'offered' AND accept_until <= ? LIMIT ?",
    "SELECT \(JobColumn.list) FROM job_view WHERE state = 'queued' AND queue_until <= ? LIMIT ?",
  ]
}

extension JobChanges {
  /// The jobs whose attempts have ended, or which have ended themselves, and not by their worker.
  var endedAttempts: [JobRecord] { ended + requeued.filter(\.hadBegun).map(\.job) }
}

extension JobRecord {
  fileprivate var queueTimeoutReason: String {
    let timeout = (scheduling.queueTimeout ?? .zero).components.seconds
    return "it had not begun to run \(timeout) s after its submission, its queue timeout"
  }
}
