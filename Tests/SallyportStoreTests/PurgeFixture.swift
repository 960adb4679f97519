import Foundation
import GRDB
import SallyportCore
import SallyportStore

@testable import SallyportStoreSQLite

/// A store in which two tenants have rows in every table: one that is purged, with words that are
/// nowhere else, and one that is not.
struct PurgeFixture {
  let fixture: StoreFixture
  let canaries: Canaries
  /// Random ids of the tenant that is purged, which are stored as they are.
  let ids: [String]
  let others: [String: [String]]

  static let kept = TenantName(unchecked: "globex")
  var purged: TenantName { fixture.tenant }
  var store: SQLiteStore { fixture.store }

  init(in fixture: StoreFixture, jobs: Int = 3) async throws {
    self.fixture = fixture
    canaries = try await Canaries(in: fixture)
    try await fixture.makeTenant(Self.kept)
    for tenant in [fixture.tenant, Self.kept] {
      try await Self.fill(fixture, tenant, jobs: jobs)
    }
    ids = try await fixture.store.read { database in
      try String.fetchAll(
        database,
        sql: """
          SELECT id FROM job WHERE tenant = 'acme' UNION SELECT id FROM enrollee
          WHERE tenant = 'acme' UNION SELECT id FROM token WHERE tenant = 'acme'
          """)
    }
    others = try await Self.rows(of: fixture.store, besides: fixture.tenant)
  }

  private static func fill(
    _ fixture: StoreFixture, _ tenant: TenantName, jobs: Int
  ) async throws {
    let store = fixture.store
    let audit = AuditEntry(
      tenant: tenant, time: fixture.start, actor: "spiffe://test/\(tenant)", action: "fill",
      object: "object of \(tenant)")
    try await store.recordOperator(
      OperatorName(unchecked: "bob"), of: tenant,
      certificate: fixture.certificate("operator-of-\(tenant)"), audit: audit)
    try await store.revokeOperator(
      OperatorName(unchecked: "bob"), of: tenant, at: fixture.start, audit: audit)
    let (worker, session) = try await fixture.makeWorker(
      tenant: tenant, labels: ["arch": String(repeating: "\(tenant)-", count: 3)])
    let scheduling = Scheduling(
      selector: ["arch": String(repeating: "\(tenant)-", count: 3)],
      retry: RetryPolicy(
        on: .always, maximumAttempts: 2, backoff: .seconds(9), maximumBackoff: .seconds(9)))
    for number in 0..<jobs {
      try await fixture.submit(
        key: "key-\(number)", spec: Array("job \(number) of \(tenant)".utf8), tenant: tenant,
        scheduling: number.isMultiple(of: 2) ? scheduling : Scheduling())
    }
    _ = try await store.setPause(nil, of: fixture.pool, of: tenant, audit: audit)
    let offers = try await fixture.claim(worker, session, limit: 3)
    for offer in offers.dropLast() {
      _ = try await fixture.accept(offer.attempt, worker)
      _ = try await fixture.append(offer.attempt, worker, at: 0, Array("log of \(tenant)".utf8))
    }
    if let first = offers.first {
      // It waits for its second attempt.
      _ = try await fixture.finish(first.attempt, worker, .failed)
    }
    try await fixture.submit(tenant: tenant)
    let context = ContextName(unchecked: "deploy")
    try await store.createContext(
      ContextRecord(tenant: tenant, name: context, createdAt: fixture.start), audit: audit)
    _ = try await store.attachContext(context, to: fixture.pool, of: tenant, audit: audit)
    try await store.setVariable(
      VariableRecord(
        tenant: tenant, context: context, name: "V", value: "value of \(tenant)",
        setAt: fixture.start, setBy: "alice"), audit: audit)
    try await store.publishPoolKey(
      PoolKeyRecord(
        tenant: tenant, pool: fixture.pool, keyID: "key of \(tenant)", certificate: [1],
        publishedAt: fixture.start, publishedBy: "alice"), audit: audit)
    try await store.setSecret(
      SecretRecord(
        tenant: tenant, context: context, pool: fixture.pool, name: "TOKEN", version: 1,
        keyID: "key of \(tenant)", setAt: fixture.start, setBy: "alice"),
      sealed: Array("sealed for \(tenant)".utf8), audit: audit)
  }

  /// Of what nobody's rows are, and of what counts for all.
  private static let shared: Set = [
    "grdb_migrations", "gateway_load", "heartbeat", "encryption", "purge_work",
  ]

  /// Every row of every table that is not the tenant's, as SQL literals.
  static func rows(
    of store: SQLiteStore, besides tenant: TenantName
  ) async throws -> [String: [String]] {
    let job = "(SELECT tenant FROM job WHERE id = attempt.job)"
    let owners = [
      "tenant": "name", "attempt": job,
      "job_spec": "(SELECT tenant FROM job WHERE sequence = job_spec.job)",
      "log_chunk": """
      (SELECT \(job) FROM attempt WHERE number = log_chunk.attempt)
      """,
      "selector_label": "(SELECT tenant FROM selector WHERE id = selector_label.selector)",
      "worker_label": "(SELECT tenant FROM enrollee WHERE id = worker_label.worker)",
    ]
    return try await store.read { database in
      let tables = try String.fetchAll(
        database,
        sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      var rows: [String: [String]] = [:]
      for table in tables where !shared.contains(table) {
        let columns = try database.columns(in: table).map { "quote(\($0.name))" }
        // What the gateway itself records is not compared.
        let own = table == "audit" ? " AND tenant <> ''" : ""
        rows[table] = try String.fetchAll(
          database,
          sql: """
            SELECT \(columns.joined(separator: " || ',' || ")) AS row FROM \(table)
            WHERE \(owners[table] ?? "tenant") IS NOT ?\(own) ORDER BY row
            """,
          arguments: [tenant.rawValue])
      }
      return rows
    }
  }

  /// Every row of every table, but for what is to be left of the tenant that is purged.
  static func everything(in store: SQLiteStore) async throws -> [String: [String]] {
    var rows = try await rows(of: store, besides: TenantName(unchecked: "nobody"))
    rows["tenant"]?.removeAll { $0.hasPrefix("'acme'") }
    rows["revocation"]?.removeAll { $0.hasSuffix("'acme','tenant','acme'") }
    return rows
  }

  /// What of the tenant is found, as bytes, in the files of the store and in a new backup.
  func found(in folder: URL, words: [String]) throws -> Set<String> {
    var found: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      guard
        let data = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path)
      else { continue }
      for word in words where data.range(of: Data(word.utf8)) != nil { found.insert(word) }
    }
    return found
  }

  /// Said only in rows of the tenant that is purged.
  var words: [String] {
    canaries.words + ids + [
      "object of acme", "log of acme", "value of acme", "key of acme", "sealed for acme",
      " of acme", "acme-acme-acme-", "operator-of-acme", "spiffe://test/acme",
    ]
  }
}
