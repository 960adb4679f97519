import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func claimJobs(_ claim: JobClaim) async throws -> ClaimResult {
    guard claim.limit > 0 else { return ClaimResult(jobs: [], shortage: nil) }
    return try await write { try $0.claim(claim) }
  }
}

extension Database {
  fileprivate func claim(_ claim: JobClaim) throws -> ClaimResult {
    let worker = claim.worker
    let holdsSession = try number(
      """
      SELECT count(*) FROM enrollee
      WHERE id = ? AND tenant = ? AND pool = ? AND session = ? AND revoked_at IS NULL
      """,
      [
        worker.id.rawValue, worker.tenant.rawValue, worker.pool.rawValue, claim.session.rawValue,
      ])
    guard holdsSession == 1 else { return ClaimResult(jobs: [], shortage: .superseded) }
    guard let pool = try pool(worker.pool, of: worker.tenant), pool.pause == nil,
      pool.revokedAt == nil
    else {
      return ClaimResult(jobs: [], shortage: .paused)
    }
    let (allowed, bound) = try slots(for: claim, pool: pool)
    var queue = try ReadyQueue(for: worker, excluding: claim.excluding, in: self)
    var jobs: [JobRecord] = []
    while let job = try queue.next(in: self) {
      // Only where a job is left over is a cap what kept it from being offered.
      guard jobs.count < allowed else {
        return ClaimResult(jobs: jobs, shortage: jobs.count < claim.limit ? bound : nil)
      }
      jobs.append(try offer(job, claim))
    }
    return ClaimResult(jobs: jobs, shortage: jobs.count < claim.limit ? .noJobs : nil)
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
