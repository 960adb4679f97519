import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func claimJobs(_ claim: JobClaim) async throws -> [JobRecord] {
    guard claim.limit > 0 else { return [] }
    return try await write { try $0.claim(claim) }
  }
}

extension Database {
  fileprivate func claim(_ claim: JobClaim) throws -> [JobRecord] {
    let worker = claim.worker
    let holdsSession = try number(
      """
      SELECT count(*) FROM enrollee
      WHERE id = ? AND tenant = ? AND pool = ? AND session = ? AND revoked_at IS NULL
      """,
      [
        worker.id.rawValue, worker.tenant.rawValue, worker.pool.rawValue, claim.session.rawValue,
      ])
    guard holdsSession == 1 else { return [] }
    let candidates = try rows(
      """
      SELECT id FROM job WHERE tenant = ? AND pool = ? AND state = 'queued'
      ORDER BY sequence LIMIT ?
      """,
      [worker.tenant.rawValue, worker.pool.rawValue, claim.limit + claim.excluding.count])
    let jobs: [JobID] = try candidates.map { try $0.identifier("id") }
    return try jobs.filter { !claim.excluding.contains($0) }.prefix(claim.limit)
      .map { try offer($0, claim) }
  }

  private func offer(_ job: JobID, _ claim: JobClaim) throws -> JobRecord {
    let worker = claim.worker
    let changed = try change(
      """
      UPDATE job SET state = 'offered', epoch = epoch + 1, worker = ?, accept_until = ?
      WHERE id = ? AND tenant = ? AND pool = ? AND state = 'queued'
      """,
      [
        worker.id.rawValue, claim.acceptUntil.milliseconds, job.rawValue, worker.tenant.rawValue,
        worker.pool.rawValue,
      ])
    guard changed == 1 else {
      throw StoreError(code: .corrupted, message: "job \(job) changed within a transaction")
    }
    try run(
      """
      INSERT INTO attempt (job, epoch, worker, offered_at)
      SELECT id, epoch, worker, ? FROM job WHERE id = ?
      """,
      [claim.time.milliseconds, job.rawValue])
    return try changedJob(job, of: worker.tenant)
  }
}
