/// The columns of one table that hold encrypted values, and how their rows are walked.
struct EncryptedTable: Sendable {
  struct Column: Sendable {
    let name: String
    /// What identifies the row within its tenant: the last arguments of `sealed` and `opened`.
    let row: String
  }

  let name: String
  let columns: [Column]
  /// Numbers the rows, in the order in which they are walked.
  var cursor = "rowid"
  /// Selects the tenant's rows.
  var scope = "tenant = :tenant"
  /// Whether the cursor numbers the rows of a tenant by themselves, not those of all.
  var isNumberedByTenant = false
  /// Rows that one transaction looks at, whosever they are: few where they are large.
  var batch = 500
  /// Set with the values.
  var further = ""

  init(_ name: String, _ columns: [String], row: String) {
    self.name = name
    self.columns = columns.map { Column(name: $0, row: row) }
  }

  /// The cursor of the last row of the next batch; NULL where there is none.
  var next: String {
    """
    SELECT max(number) FROM (SELECT \(cursor) AS number FROM \(name)
      WHERE \(walked) AND \(cursor) > :after ORDER BY number LIMIT \(batch))
    """
  }

  var last: String { "SELECT max(\(cursor)) FROM \(name) WHERE \(walked)" }

  /// Names the tenant in any case: it is an argument.
  private var walked: String { isNumberedByTenant ? scope : ":tenant IS NOT NULL" }

  var update: String {
    let values = columns.map {
      "\($0.name) = moved(:tenant, '\(name).\($0.name)', \($0.name), \($0.row))"
    }
    return """
      UPDATE \(name) SET \((values + (further.isEmpty ? [] : [further])).joined(separator: ", "))
      WHERE \(scope) AND \(cursor) > :after AND \(cursor) <= :until
      """
  }

  /// Counts the rows that are not wholly under the key `current`.
  var stale: String {
    let conditions = columns.map { "key_of(\($0.name)) NOT IN (0, :current)" }
    return """
      SELECT count(*) FROM \(name) WHERE \(scope) AND (\(conditions.joined(separator: " OR ")))
      """
  }

  static let all: [EncryptedTable] = {
    var tenant = EncryptedTable("tenant", ["external_id"], row: "name")
    tenant.scope = "name = :tenant"
    tenant.cursor = "1"
    tenant.isNumberedByTenant = true
    var pool = EncryptedTable("pool", ["pause_reason"], row: "name")
    pool.cursor = "1"
    pool.isNumberedByTenant = true
    let enrollee = EncryptedTable(
      "enrollee", ["display_name", "labels", "version", "drain_reason", "enrollment_chain"],
      row: "id")
    let selector = EncryptedTable("selector", ["labels"], row: "lookup")
    var job = EncryptedTable("job", ["reason", "cancel_reason", "commit_id"], row: "id")
    job.cursor = "sequence"
    var spec = EncryptedTable(
      "job_spec", ["spec"], row: "(SELECT id FROM job WHERE sequence = job_spec.job)")
    spec.cursor = "job"
    spec.scope = "(SELECT tenant FROM job WHERE sequence = job_spec.job) = :tenant"
    spec.batch = 100
    var attempt = EncryptedTable("attempt", ["reason", "log_incomplete_reason"], row: "job, epoch")
    attempt.cursor = "number"
    attempt.scope = "(SELECT tenant FROM job WHERE id = attempt.job) = :tenant"
    var chunk = EncryptedTable(
      "log_chunk", ["data"],
      row: """
        (SELECT job FROM attempt WHERE number = log_chunk.attempt), \
        (SELECT epoch FROM attempt WHERE number = log_chunk.attempt), offset
        """)
    chunk.scope = """
      (SELECT tenant FROM job WHERE id = (SELECT job FROM attempt \
      WHERE number = log_chunk.attempt)) = :tenant
      """
    chunk.batch = 100
    chunk.further = "overhead = sealing_overhead()"
    var variable = EncryptedTable("variable", ["value"], row: "context, name")
    variable.cursor = "1"
    variable.isNumberedByTenant = true
    var audit = EncryptedTable("audit", ["object", "detail"], row: "sequence")
    audit.cursor = "sequence"
    audit.isNumberedByTenant = true
    return [tenant, pool, enrollee, selector, job, spec, attempt, chunk, variable, audit]
  }()

  /// What a tenant's words are replaced with by keyed hashes, once: for good.
  static let hashes = [
    """
    UPDATE idempotency_key SET key = indexed(tenant, 'idempotency_key.key', key),
      request_hash = indexed(tenant, 'idempotency_key.request_hash', request_hash)
    WHERE tenant = :tenant
    """,
    """
    UPDATE selector SET lookup = indexed(tenant, 'selector.lookup', lookup) WHERE tenant = :tenant
    """,
    """
    UPDATE selector_label SET key = indexed(:tenant, 'label.key', key),
      value = indexed(:tenant, 'label.value', key || char(31) || value)
    WHERE selector IN (SELECT id FROM selector WHERE tenant = :tenant)
    """,
    """
    UPDATE worker_label SET key = indexed(:tenant, 'label.key', key),
      value = indexed(:tenant, 'label.value', key || char(31) || value)
    WHERE worker IN (SELECT id FROM enrollee WHERE tenant = :tenant)
    """,
  ]
}
