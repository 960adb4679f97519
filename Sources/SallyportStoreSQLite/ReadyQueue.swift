import GRDB
import SallyportCore
import SallyportStore

/// The jobs of a pool that one worker may be offered, first to last.
///
/// Every selector among the ready jobs has a lane, which is a stretch of one index, in order. Of the
/// lanes that the worker's labels allow, the heads are compared and the first is taken: a claim
/// touches no job that it does not take, but for one a lane, however many wait for other workers.
struct ReadyQueue {
  private struct Head {
    let lane: Int64
    let rank: Int64
    let sequence: Int64
    let job: JobID
  }

  private let worker: WorkerReference
  private let excluding: Set<JobID>
  private var heads: [Head] = []

  init(for worker: WorkerReference, excluding: Set<JobID>, in database: Database) throws {
    self.worker = worker
    self.excluding = excluding
    let lanes = try database.rows(
      Self.lanes, [worker.tenant.rawValue, worker.pool.rawValue, worker.id.rawValue])
    for row in lanes {
      if let head = try head(of: try row.value("selector"), in: database) { heads.append(head) }
    }
  }

  mutating func next(in database: Database) throws -> JobID? {
    let first = heads.indices.min { left, right in
      (heads[left].rank, heads[left].sequence) < (heads[right].rank, heads[right].sequence)
    }
    guard let first else { return nil }
    let head = heads[first]
    if let next = try self.head(of: head.lane, after: head, in: database) {
      heads[first] = next
    } else {
      heads.remove(at: first)
    }
    return head.job
  }

  private func head(
    of lane: Int64, after previous: Head? = nil, in database: Database
  ) throws -> Head? {
    var rank = previous?.rank ?? .min
    var sequence = previous?.sequence ?? 0
    while true {
      let row = try database.row(
        Self.head, [worker.tenant.rawValue, worker.pool.rawValue, lane, rank, sequence])
      guard let row else { return nil }
      let job: JobID = try row.identifier("id")
      rank = try row.value("rank")
      sequence = try row.value("sequence")
      guard excluding.contains(job) else {
        return Head(lane: lane, rank: rank, sequence: sequence, job: job)
      }
    }
  }

  static let lanes = """
    SELECT selector FROM queue_lane WHERE tenant = ? AND pool = ? AND NOT EXISTS (
      SELECT 1 FROM selector_label AS wanted WHERE wanted.selector = queue_lane.selector
        AND NOT EXISTS (
          SELECT 1 FROM worker_label AS had
          WHERE had.worker = ? AND had.key = wanted.key AND had.value = wanted.value))
    """

  static let head = """
    SELECT id, rank, sequence FROM job
    WHERE tenant = ? AND pool = ? AND selector = ? AND state = 'queued' AND not_before IS NULL
      AND (rank, sequence) > (?, ?)
    ORDER BY rank, sequence LIMIT 1
    """
}
