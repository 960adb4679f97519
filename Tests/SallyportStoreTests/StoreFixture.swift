import FoundationEssentials
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import SallyportStoreSQLite

/// A store in a directory of its own, with one tenant, two pools and a clock of its own.
struct StoreFixture {
  let path: String
  let store: SQLiteStore
  /// Nil for a plain store.
  let master: LocalMasterKey?
  let tenant = TenantName(unchecked: "acme")
  let pool = PoolName(unchecked: "linux")
  let vcsPool = PoolName(unchecked: "git")
  let start = Timestamp(seconds: 1_700_000_000)

  /// Runs `body` with a new store, and removes its files.
  static func with<Result>(
    isEncrypted: Bool = true, _ body: (StoreFixture) async throws -> Result
  ) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("sallyport-store-\(JobID.random())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("gateway.db").path
    let master = isEncrypted ? masterKey() : nil
    let fixture = StoreFixture(
      path: path, store: try open(path, creating: true, master), master: master)
    try await fixture.makeTenant(fixture.tenant)
    let result = try await body(fixture)
    // A test that has opened the file again has closed it before.
    try? await fixture.store.close()
    return result
  }

  /// The same file, opened again as after a restart.
  func reopened() async throws -> StoreFixture {
    try await store.close()
    return StoreFixture(path: path, store: try open(), master: master)
  }

  /// Another process that opens the same store.
  func open(limits: SQLiteStoreLimits = .init()) throws -> SQLiteStore {
    try Self.open(path, creating: false, master, limits: limits)
  }

  static func open(
    _ path: String, creating: Bool, _ master: LocalMasterKey?, limits: SQLiteStoreLimits = .init()
  ) throws -> SQLiteStore {
    try SQLiteStore(
      path: path, creating: creating, keyring: master.map { keyring(path, $0) },
      limits: limits)
  }

  static func keyring(
    _ path: String, _ master: any MasterKey, next: (any MasterKey)? = nil
  ) -> TenantKeyring {
    TenantKeyring(folder: path + ".keys", master: master, next: next)
  }

  static func masterKey() -> LocalMasterKey? {
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    return bytes.withUnsafeBytes { SymmetricKeyBytes($0) }.map { LocalMasterKey($0) }
  }

  func audit(_ action: String = "test") -> AuditEntry {
    AuditEntry(tenant: tenant, time: start, actor: "spiffe://test/operator", action: action)
  }

  func makeTenant(_ name: TenantName) async throws {
    try await store.createTenant(
      Tenant(name: name, externalID: "external-\(name)", createdAt: start), audit: audit())
    for (pool, kind) in [(pool, PoolKind.worker), (vcsPool, .vcs)] {
      try await store.createPool(
        Pool(tenant: name, name: pool, kind: kind, sealed: false, createdAt: start),
        audit: audit())
    }
  }

  func makeToken(
    tenant: TenantName? = nil, pool: PoolName? = nil, uses: UInt32 = 1
  ) async throws -> EnrollmentTokenRecord {
    let token = EnrollmentTokenRecord(
      id: .random(), tenant: tenant ?? self.tenant, pool: pool ?? self.pool,
      hash: Array(JobID.random().rawValue.utf8), createdAt: start,
      expiresAt: start + .seconds(3_600), usesLeft: uses)
    try await store.createToken(token, audit: audit())
    return token
  }

  func redemption(
    of token: EnrollmentTokenRecord, key: String, role: EnrolleeRole = .worker,
    at time: Timestamp? = nil
  ) -> TokenRedemption {
    TokenRedemption(
      tokenHash: token.hash, role: role, keyFingerprint: key, displayName: "host",
      time: time ?? start)
  }

  func certificate(_ name: String) -> CertificateRecord {
    CertificateRecord(
      fingerprint: name, serialNumber: "01", spiffeID: "spiffe://test/\(name)", issuedAt: start,
      notAfter: start + .seconds(86_400), chain: [Array(name.utf8), [1, 2, 3]])
  }

  /// An enrolled worker with an open session.
  func makeWorker(
    tenant: TenantName? = nil, pool: PoolName? = nil, labels: [String: String] = ["a": "b"]
  ) async throws -> (WorkerReference, SessionID) {
    let token = try await makeToken(tenant: tenant, pool: pool)
    let key = JobID.random().rawValue
    guard
      case .redeemed(let enrollee, _) = try await store.redeemToken(redemption(of: token, key: key))
    else { throw StoreError(code: .notFound, message: "not redeemed") }
    let worker = WorkerReference(
      tenant: enrollee.tenant, pool: enrollee.pool, id: WorkerID(unchecked: enrollee.id))
    return (worker, try await openSession(of: worker, labels: labels))
  }

  func openSession(
    of worker: WorkerReference, labels: [String: String] = ["a": "b"]
  ) async throws -> SessionID {
    let session = SessionID.random()
    _ = try await open(
      session,
      WorkerInventory(
        worker: worker, running: [], finished: [], leaseUntil: start, maximumOffers: 20,
        time: start),
      labels: labels)
    return session
  }

  /// What is shown of a log to an identity that is active: that of a worker.
  func watchedLog(
    _ attempt: AttemptID, of tenant: TenantName? = nil, by worker: WorkerReference,
    from offset: UInt64 = 0
  ) async throws -> WatchedLog {
    try await store.watchedLog(
      of: attempt.job, epoch: attempt.epoch, from: offset, limit: 9, of: tenant ?? self.tenant,
      by: .worker(tenant: worker.tenant, pool: worker.pool, id: worker.id))
  }

  /// What a new session of the worker with this inventory is told.
  func reconcile(_ inventory: WorkerInventory) async throws -> Reconciliation {
    try await open(.random(), inventory)
  }

  private func open(
    _ session: SessionID, _ inventory: WorkerInventory, labels: [String: String] = ["a": "b"]
  ) async throws -> Reconciliation {
    let worker = inventory.worker
    return try await store.openWorkerSession(
      SessionStart(
        identity: .worker(tenant: worker.tenant, pool: worker.pool, id: worker.id),
        session: session, version: "1", displayName: "host", capacity: 4, labels: labels,
        time: start),
      inventory: inventory, audit: audit("session.open"), ended: { _ in audit("attempt.end") })
  }

  func sweep(at time: Timestamp, maximumOffers: UInt64) async throws -> JobChanges {
    try await store.sweep(
      at: time, maximumOffers: maximumOffers, ended: { _ in audit("attempt.end") })
  }

  @discardableResult
  func submit(
    key: String = "", spec: [UInt8] = [1], tenant: TenantName? = nil, queueLimit: Int = 100_000,
    pool: PoolName? = nil, scheduling: Scheduling = Scheduling(), selectorLimit: Int = 256
  ) async throws -> JobSubmissionResult {
    try await store.submitJob(
      JobSubmission(
        id: .random(), tenant: tenant ?? self.tenant, pool: pool ?? self.pool, spec: spec,
        vcsPool: vcsPool,
        submittedBy: "alice", time: start, idempotencyKey: key, requestHash: spec,
        queueLimit: queueLimit, scheduling: scheduling, selectorLimit: selectorLimit),
      audit: audit("job.submit"))
  }

  func claim(
    _ worker: WorkerReference, _ session: SessionID, limit: Int = 1, excluding: Set<JobID> = []
  ) async throws -> [JobRecord] {
    try await store.claimJobs(
      JobClaim(
        worker: worker, session: session, limit: limit, excluding: excluding,
        acceptUntil: start + .seconds(15), time: start)
    ).jobs
  }

  func accept(_ attempt: AttemptID, _ worker: WorkerReference) async throws -> JobRecord? {
    try await store.acceptOffer(
      attempt, by: worker, leaseUntil: start + .seconds(120), at: start)
  }

  func finish(
    _ attempt: AttemptID, _ worker: WorkerReference, _ state: JobState = .succeeded,
    reason: String = "", at time: Timestamp? = nil
  ) async throws -> FinishResult {
    try await store.finishAttempt(
      AttemptResult(
        attempt: attempt, state: state, exitCode: 0, signal: nil, reason: reason, commit: "",
        completeLogLength: 0, time: time ?? start),
      by: worker, audit: audit("attempt.finish"))
  }

  /// A worker that runs a job.
  func makeRunningJob(
    _ scheduling: Scheduling = Scheduling()
  ) async throws -> (JobRecord, WorkerReference, SessionID) {
    let (worker, session) = try await makeWorker()
    try await submit(scheduling: scheduling)
    guard let offer = try await claim(worker, session).first,
      let job = try await accept(offer.attempt, worker)
    else { throw StoreError(code: .notFound, message: "not running") }
    return (job, worker, session)
  }

  func append(
    _ attempt: AttemptID, _ worker: WorkerReference, at offset: UInt64, _ bytes: [UInt8],
    maximum: UInt64 = 1 << 20
  ) async throws -> LogAppendResult {
    try await store.appendLog(
      LogAppend(attempt: attempt, offset: offset, bytes: bytes, maximumLength: maximum),
      by: worker)
  }
}
