import Foundation
import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption

@testable import SallyportStoreSQLite

/// A store with two worker pools of one tenant, `linux` that is purged and `mac` that is not, and another
/// tenant with pools of the same names. Each has words that are nowhere else.
struct PoolPurgeFixture {
  /// What one pool has.
  struct Filled {
    let worker: WorkerReference
    let session: SessionID
    let running: AttemptID
    let finished: JobRecord
    /// As ids go, which are stored as they are.
    let ids: [String]
    let words: [String]
  }

  let fixture: StoreFixture
  let purged: Filled
  let kept: Filled
  let others: [String: [String]]
  let audit: [AuditRecord]

  static let mac = PoolName(unchecked: "mac")
  static let rival = TenantName(unchecked: "globex")
  var store: SQLiteStore { fixture.store }
  var tenant: TenantName { fixture.tenant }
  var pool: PoolName { fixture.pool }

  private init(
    fixture: StoreFixture, purged: Filled, kept: Filled, others: [String: [String]],
    audit: [AuditRecord]
  ) {
    self.fixture = fixture
    self.purged = purged
    self.kept = kept
    self.others = others
    self.audit = audit
  }

  /// The same, in a copy of the store.
  init(_ fixture: PoolPurgeFixture, at path: String, _ store: SQLiteStore) {
    self.init(
      fixture: StoreFixture(path: path, store: store, master: fixture.fixture.master),
      purged: fixture.purged, kept: fixture.kept, others: fixture.others, audit: fixture.audit)
  }

  init(in fixture: StoreFixture, jobs: Int = 5) async throws {
    self.fixture = fixture
    try await fixture.makeTenant(Self.rival)
    for tenant in [fixture.tenant, Self.rival] {
      try await fixture.store.createPool(
        Pool(
          tenant: tenant, name: Self.mac, kind: .worker, sealed: false, createdAt: fixture.start),
        audit: fixture.audit())
      try await fixture.store.createContext(
        ContextRecord(
          tenant: tenant, name: ContextName(unchecked: "shared"), createdAt: fixture.start),
        audit: fixture.audit())
    }
    purged = try await Self.fill(fixture, fixture.tenant, fixture.pool, "canary-one", jobs: jobs)
    kept = try await Self.fill(fixture, fixture.tenant, Self.mac, "canary-two", jobs: jobs)
    _ = try await Self.fill(fixture, Self.rival, fixture.pool, "canary-three", jobs: jobs)
    others = try await Self.others(fixture.store)
    audit = try await fixture.store.auditRecords(of: fixture.tenant, after: 0, limit: 9_999)
  }

  private static func fill(
    _ fixture: StoreFixture, _ tenant: TenantName, _ pool: PoolName, _ word: String, jobs: Int
  ) async throws -> Filled {
    let store = fixture.store
    func audit(
      _ action: String, _ object: String, _ detail: String = "",
      actor: String = "spiffe://test/alice"
    ) -> AuditEntry {
      AuditEntry(
        tenant: tenant, time: fixture.start, actor: actor, action: action, object: object,
        detail: detail)
    }
    let labels = ["label-\(word)": "value-\(word)"]
    let (worker, session) = try await fixture.makeWorker(tenant: tenant, pool: pool, labels: labels)
    let member = "spiffe://test/tenant/\(tenant)/pool/\(pool)/worker/\(worker.id)"
    let revoked = try await fixture.makeWorker(tenant: tenant, pool: pool).0
    _ = try await store.revokeEnrollee(
      revoked.id.rawValue, role: .worker, of: tenant, at: fixture.start,
      audit: audit("worker.revoke", revoked.id.rawValue, "because of \(word)"))
    try await store.recordRenewal(
      of: .worker(tenant: tenant, pool: pool, id: worker.id),
      certificate: CertificateRecord(
        fingerprint: "fingerprint-\(word)-\(tenant)", serialNumber: "01", spiffeID: member,
        issuedAt: fixture.start, notAfter: fixture.start + .seconds(86_400), chain: [[1]]),
      audit: audit("certificate.renew", "", "serial of \(word)", actor: member))
    let token = try await fixture.makeToken(tenant: tenant, pool: pool)
    let scheduling = Scheduling(selector: labels)
    for number in 0..<jobs {
      let job = try await fixture.submit(
        key: "\(word)-\(number)", spec: Array("spec-\(word) \(number)".utf8), tenant: tenant,
        pool: pool, scheduling: number.isMultiple(of: 2) ? scheduling : Scheduling()
      ).job
      try await store.record(audit("job.submit", job.id.rawValue, "pool \(pool)"))
    }
    let offers = try await fixture.claim(worker, session, limit: 3)
    guard offers.count == 3 else { throw StoreError(code: .notFound, message: "no offers") }
    for offer in offers.dropLast() {
      _ = try await fixture.accept(offer.attempt, worker)
      for number in 0..<3 {
        _ = try await fixture.append(
          offer.attempt, worker, at: UInt64(number * (word.utf8.count + 4)),
          Array("log-\(word)".utf8))
      }
    }
    _ = try await fixture.finish(
      offers[0].attempt, worker, .failed, reason: "reason-\(word)")
    try await store.record(
      audit("attempt.finish", "\(offers[0].attempt)", "told by \(word)", actor: member))
    try await store.record(audit("job.cancel", offers[0].id.rawValue, "cancelled for \(word)"))
    let pause = PoolPause(reason: "pause-\(word)", since: fixture.start)
    _ = try await store.setPause(
      pause, of: pool, of: tenant, audit: audit("pool.pause", pool.rawValue, pause.reason))
    // About nobody's pool.
    try await store.record(audit("context.create", "everybody's \(tenant)", "for everybody"))
    let own = ContextName(unchecked: "own-\(pool)")
    let shared = ContextName(unchecked: "shared")
    try await store.createContext(
      ContextRecord(tenant: tenant, name: own, createdAt: fixture.start),
      audit: audit("context.create", own.rawValue))
    try await store.publishPoolKey(
      PoolKeyRecord(
        tenant: tenant, pool: pool, keyID: "key-\(word)", certificate: Array("cert-\(word)".utf8),
        publishedAt: fixture.start, publishedBy: "alice"),
      audit: audit("pool-key.publish", pool.rawValue, "key key-\(word)"))
    for context in [own, shared] {
      _ = try await store.attachContext(
        context, to: pool, of: tenant,
        audit: audit("context.attach", context.rawValue, "pool \(pool)"))
      try await store.setSecret(
        SecretRecord(
          tenant: tenant, context: context, pool: pool, name: "secret-\(word)", version: 1,
          keyID: "key-\(word)", setAt: fixture.start, setBy: "alice"),
        sealed: Array("sealed-\(word)".utf8),
        audit: audit("secret.set", "\(context)/secret-\(word)", "pool \(pool), version 1"))
    }
    try await store.setVariable(
      VariableRecord(
        tenant: tenant, context: own, name: "V", value: "variable-\(word)", setAt: fixture.start,
        setBy: "alice"), audit: audit("variable.set", "\(own)/V"))
    let stays = "stays of \(tenant)"
    try await store.setVariable(
      VariableRecord(
        tenant: tenant, context: shared, name: "V", value: stays, setAt: fixture.start,
        setBy: "alice"), audit: audit("variable.set", "\(shared)/V"))
    return Filled(
      worker: worker, session: session, running: offers[1].attempt, finished: offers[0],
      ids: offers.map(\.id.rawValue) + [
        worker.id.rawValue, revoked.id.rawValue, token.id.rawValue,
      ],
      words: [word])
  }

  /// Runs what a gateway runs, to the end.
  ///
  /// - Returns: Tables in the order in which they were worked on.
  @discardableResult
  func runToEnd(
    _ store: SQLiteStore? = nil, step: (PoolWorkProgress) throws -> Void = { _ in }
  ) async throws -> [String] {
    let store = store ?? self.store
    var tables: [String] = []
    for work in try await store.poolWork() {
      while let done = try await store.advancePoolWork(
        on: work.pool, of: work.tenant, at: Self.later)
      {
        if tables.last != done.table { tables.append(done.table) }
        try step(done)
      }
    }
    _ = try await store.endPoolPurges(at: Self.later)
    return tables
  }

  static let later = Timestamp(seconds: 1_700_001_000)

  func revoke(isPurge: Bool, _ store: SQLiteStore? = nil) async throws -> PoolRevocation {
    try await (store ?? self.store).revokePool(
      pool, of: tenant, isPurge: isPurge, at: Self.later,
      audit: AuditEntry(
        tenant: tenant, time: Self.later, actor: "spiffe://test/alice", action: "pool.revoke",
        object: pool.rawValue, detail: "no more of it"))
  }

  /// Every row that is not of the pool `linux` of `acme`, and not of the tenant itself, whose counters and
  /// audit log are looked at elsewhere.
  static func others(_ store: SQLiteStore) async throws -> [String: [String]] {
    func ofJob(_ job: String) -> String {
      "EXISTS (SELECT 1 FROM job WHERE \(job) AND tenant = 'acme' AND pool = 'linux')"
    }
    let pooled = "tenant = 'acme' AND pool = 'linux'"
    let members = "(SELECT id FROM enrollee WHERE \(pooled))"
    let own: [String: String] = [
      "token": pooled, "enrollee": pooled, "job": pooled, "queue_lane": pooled, "pool_key": pooled,
      "context_pool": pooled, "sealed_secret": pooled, "pool": "tenant = 'acme' AND name = 'linux'",
      "attempt": ofJob("job.id = attempt.job"),
      "idempotency_key": ofJob("job.id = idempotency_key.job"),
      "job_spec": ofJob("job.sequence = job_spec.job"),
      "log_chunk": ofJob("job.id = (SELECT job FROM attempt WHERE number = log_chunk.attempt)"),
      "worker_label": "worker IN \(members)",
      "certificate": "spiffe_id LIKE '%/tenant/acme/pool/linux/%'",
      "revocation": "name IN \(members) OR (tenant = 'acme' AND role = 'pool')",
      "context": "tenant = 'acme' AND name = 'own-linux'",
      "variable": "tenant = 'acme' AND context = 'own-linux'",
      "selector": """
      tenant = 'acme' AND id NOT IN (SELECT selector FROM job WHERE tenant = 'acme' AND pool <> 'linux')
      """,
      "selector_label": """
      selector IN (SELECT id FROM selector WHERE tenant = 'acme') AND selector NOT IN
        (SELECT selector FROM job WHERE tenant = 'acme' AND pool <> 'linux')
      """,
      "audit": "tenant IN ('acme', '')", "tenant": "name = 'acme'",
    ]
    return try await store.read { database in
      let tables = try String.fetchAll(
        database,
        sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      var rows: [String: [String]] = [:]
      for table in tables where !shared.contains(table) {
        let columns = try database.columns(in: table).map { "quote(\($0.name))" }
        rows[table] = try String.fetchAll(
          database,
          sql: """
            SELECT \(columns.joined(separator: " || ',' || ")) AS row FROM \(table)
            WHERE NOT (\(own[table] ?? "0")) ORDER BY row
            """)
      }
      return rows
    }
  }

  private static let shared: Set = [
    "grdb_migrations", "gateway_load", "heartbeat", "encryption", "purge_work", "pool_work",
  ]

  /// Rows of the pool that are left in any table but `pool` and `revocation`.
  static func left(_ store: SQLiteStore) async throws -> [String: Int] {
    try await store.read { database in
      var left: [String: Int] = [:]
      for table in PoolPurgeMigration.guarded + ["pool_work"] {
        left[table] = try database.number(
          "SELECT count(*) FROM \(table) WHERE tenant = 'acme' AND pool = 'linux'", [])
      }
      left["certificate"] = try database.number(
        "SELECT count(*) FROM certificate WHERE spiffe_id LIKE '%/tenant/acme/pool/linux/%'", [])
      left["context"] = try database.number(
        "SELECT count(*) FROM context WHERE tenant = 'acme' AND name = 'own-linux'", [])
      return left.filter { $0.value > 0 }
    }
  }

  /// Which of the words, and of the ids, are in the files of the store.
  func found(in folder: URL? = nil) throws -> Set<String> {
    let folder = folder ?? URL(filePath: fixture.path).deletingLastPathComponent()
    var found: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let path = folder.appendingPathComponent(name).path
      guard let data = FileManager.default.contents(atPath: path) else { continue }
      for word in purged.words + purged.ids where data.range(of: Data(word.utf8)) != nil {
        found.insert(word)
      }
    }
    return found
  }
}
