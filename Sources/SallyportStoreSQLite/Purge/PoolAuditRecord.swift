import GRDB
import SallyportCore
import SallyportStore

/// A record of a tenant's audit log, as a purge of one of the tenant's pools looks at it.
struct PoolAuditRecord {
  let sequence: Int64
  private let time: Int64
  let actor: String
  private let action: String
  private let decision: String
  let object: String
  private let detail: String

  init(row: Row) throws {
    sequence = try row.value("sequence")
    time = try row.value("time")
    actor = try row.value("actor")
    action = try row.value("action")
    decision = try row.value("decision")
    object = try row.value("opened_object")
    detail = try row.value("opened_detail")
  }

  /// What a digest is over: as `audit list` shows it.
  var fields: [[UInt8]] {
    ["\(sequence)", "\(time)", actor, action, decision, object, detail].map { Array($0.utf8) }
  }

  /// Whether it is of a member of the pool, or about the pool, a member, a token or a job of it.
  func isAbout(_ pool: PoolName, of tenant: TenantName, in database: Database) throws -> Bool {
    if PoolPurged.pool(ofMember: actor) == pool.rawValue { return true }
    let named = "pool \(pool)"
    if detail == named || detail.hasPrefix("\(named),") { return true }
    if object == pool.rawValue { return isAboutPools }
    // Of an attempt, the job.
    guard let id = object.split(separator: "/").first.map(String.init), id.utf8.count >= 16 else {
      return false
    }
    return try database.number(
      """
      SELECT EXISTS (SELECT 1 FROM job WHERE id = :id AND tenant = :tenant AND pool = :pool)
        OR EXISTS (SELECT 1 FROM enrollee WHERE id = :id AND tenant = :tenant AND pool = :pool)
        OR EXISTS (SELECT 1 FROM token WHERE id = :id AND tenant = :tenant AND pool = :pool)
      """, ["id": id, "tenant": tenant.rawValue, "pool": pool.rawValue]) > 0
  }

  /// What is recorded of a pool's name by jobs that fetch through it is theirs.
  private var isAboutPools: Bool {
    action.hasPrefix("pool.") || action.hasPrefix("pool-key.") || action.hasPrefix("token.")
  }
}
