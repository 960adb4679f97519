import Foundation
import SallyportCore
import SallyportStore
import SallyportStoreSQLite

/// A store in which every column for a customer's content holds words that are nowhere else.
struct Canaries {
  let fixture: StoreFixture
  private(set) var words: [String] = []
  private(set) var worker: WorkerReference
  private(set) var running: JobRecord
  private(set) var finished: JobRecord

  /// Said in the tenant's name, for what the API gives back of a canary.
  static let tenant = TenantName(unchecked: "globex")

  static func word(_ place: String) -> String { "canary-\(place)-in-the-coal-mine" }

  init(in fixture: StoreFixture) async throws {
    self.fixture = fixture
    let store = fixture.store
    let tenant = fixture.tenant
    _ = try await store.recredential(
      tenant, externalID: Self.word("external-id"), at: fixture.start, audit: fixture.audit())
    let token = try await fixture.makeToken()
    var redemption = fixture.redemption(of: token, key: JobID.random().rawValue)
    redemption.displayName = Self.word("display-name")
    guard case .redeemed(let enrollee, _) = try await store.redeemToken(redemption) else {
      throw StoreError(code: .notFound, message: "not redeemed")
    }
    worker = WorkerReference(
      tenant: tenant, pool: enrollee.pool, id: WorkerID(unchecked: enrollee.id))
    let certificate = CertificateRecord(
      fingerprint: "f", serialNumber: "01", spiffeID: "spiffe://test/f", issuedAt: fixture.start,
      notAfter: fixture.start + .seconds(86_400), chain: [Array(Self.word("chain").utf8)])
    _ = try await store.recordEnrollment(
      of: enrollee, certificate: certificate, replacing: nil, audit: fixture.audit())
    let session = SessionID.random()
    _ = try await store.openWorkerSession(
      SessionStart(
        identity: .worker(tenant: tenant, pool: worker.pool, id: worker.id), session: session,
        version: Self.word("version"), displayName: "", capacity: 4,
        labels: [Self.word("label-key"): Self.word("label-value")], time: fixture.start),
      inventory: WorkerInventory(
        worker: worker, running: [], finished: [], leaseUntil: fixture.start, maximumOffers: 20,
        time: fixture.start),
      audit: fixture.audit(), ended: { _ in fixture.audit() })
    let scheduling = Scheduling(selector: [Self.word("label-key"): Self.word("label-value")])
    for number in 0..<2 {
      try await fixture.submit(
        key: Self.word("idempotency") + "\(number)", spec: Array(Self.word("spec").utf8),
        scheduling: scheduling)
    }
    let offers = try await fixture.claim(worker, session, limit: 2)
    guard offers.count == 2 else { throw StoreError(code: .notFound, message: "no offers") }
    for offer in offers { _ = try await fixture.accept(offer.attempt, worker) }
    running = offers[1]
    finished = offers[0]
    _ = try await fixture.append(
      offers[1].attempt, worker, at: 0, Array(Self.word("log").utf8))
    _ = try await store.finishAttempt(
      AttemptResult(
        attempt: offers[0].attempt, state: .failed, exitCode: 1, signal: nil,
        reason: Self.word("reason"), commit: Self.word("commit"), completeLogLength: nil,
        logIncompleteReason: Self.word("log-reason"), time: fixture.start),
      by: worker,
      audit: AuditEntry(
        tenant: tenant, time: fixture.start, actor: "", action: "x",
        object: Self.word("object"), detail: Self.word("detail")))
    _ = try await store.cancelJob(
      offers[1].id, of: tenant, by: "alice", reason: Self.word("cancel-reason"),
      at: fixture.start, audit: fixture.audit())
    try await store.requestDrain(
      DrainRequest(reason: Self.word("drain-reason"), restart: false), of: worker.id, of: tenant,
      audit: fixture.audit())
    _ = try await store.setPause(
      PoolPause(reason: Self.word("pause-reason"), since: fixture.start), of: fixture.pool,
      of: tenant, audit: fixture.audit())
    let context = ContextName(unchecked: "release")
    try await store.createContext(
      ContextRecord(tenant: tenant, name: context, createdAt: fixture.start),
      audit: fixture.audit())
    try await store.setVariable(
      VariableRecord(
        tenant: tenant, context: context, name: "NAME", value: Self.word("variable"),
        setAt: fixture.start, setBy: "alice"), audit: fixture.audit())
    words = [
      "external-id", "display-name", "chain", "version", "label-key", "label-value",
      "idempotency", "spec", "log", "reason", "commit", "log-reason", "object", "detail",
      "cancel-reason", "drain-reason", "pause-reason", "variable",
    ].map(Self.word)
  }

  /// Everything that the store gives back, as text.
  func answers(of store: SQLiteStore) async throws -> String {
    let tenant = fixture.tenant
    var answers = ["\(String(describing: try await store.tenant(tenant)))"]
    answers.append("\(try await store.pools(of: tenant, kind: nil))")
    answers += try await store.enrollees(of: tenant, role: .worker, pool: nil, after: nil)
      .map { "\($0.displayName) \($0.version) \($0.labels)" }
    answers.append("\(String(describing: try await store.drainRequest(of: worker)))")
    for job in [running, finished] {
      answers.append("\(String(describing: try await store.job(job.id, of: tenant)))")
      answers.append("\(try await store.attempts(of: job.id, of: tenant, limit: 9))")
      let specs = try await store.jobSpecs(of: [job.id], of: tenant, budget: 1 << 20)
      answers += specs.values.map { String(decoding: $0, as: UTF8.self) }
      let log = try await store.readLog(
        of: job.attempt, of: tenant, from: 0, limit: 1 << 20)
      answers.append(String(decoding: log, as: UTF8.self))
    }
    answers += try await store.variables(
      in: ContextName(unchecked: "release"), of: tenant
    ).map(\.value)
    answers.append("\(try await store.auditRecords(of: tenant, after: 0, limit: 1_000))")
    return answers.joined(separator: "\n")
  }

  /// The words that are in the files of a folder and its folders.
  func found(in folder: URL) throws -> Set<String> {
    var found: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let path = folder.appendingPathComponent(name).path
      guard let data = FileManager.default.contents(atPath: path) else { continue }
      for word in words where data.range(of: Data(word.utf8)) != nil { found.insert(word) }
    }
    return found
  }

  var folder: URL { URL(filePath: fixture.path).deletingLastPathComponent() }
}
