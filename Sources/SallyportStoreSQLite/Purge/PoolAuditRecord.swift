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
  /// Nil where what is stored does not open, as with `detail`.
  let object: String?
  private let detail: String?
  /// As they are stored.
  private let stored: (object: String, detail: String)

  /// - Parameter row: With `opened_object` and `opened_detail`, null where they do not open.
  init(row: Row) throws {
    sequence = try row.value("sequence")
    time = try row.value("time")
    actor = try row.value("actor")
    action = try row.value("action")
    decision = try row.value("decision")
    stored = (try row.value("object"), try row.value("detail"))
    object = row["opened_object"]
    detail = row["opened_detail"]
  }

  /// Whether its words can be shown: they are as they were written, for this record.
  var isWhole: Bool { object != nil && detail != nil }

  /// What a digest is over: as `audit list` shows it, and as it is stored what cannot be shown.
  var fields: [[UInt8]] {
    [
      "\(sequence)", "\(time)", actor, action, decision, object ?? stored.object,
      detail ?? stored.detail,
    ].map { Array($0.utf8) }
  }

  /// Whether it is of a member of the pool, or about the pool, a member, a token or a job of it: as far
  /// as its words can be shown.
  func isAbout(_ pool: PoolName, of tenant: TenantName, in database: Database) throws -> Bool {
    if PoolPurged.pool(ofMember: actor) == pool.rawValue { return true }
    let named = "pool \(pool)"
    if let detail, detail == named || detail.hasPrefix("\(named),") { return true }
    guard let object else { return false }
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
