import Foundation
import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportPolicy
import SallyportPolicyTestSupport
import SallyportProtos
import SallyportSigning
import SwiftProtobuf
import Testing

@testable import SallyportWorker
@testable import sallyport_worker

/// What `sallyport-worker permissions` prints is what a worker with that configuration runs.
@Suite(.timeLimit(.minutes(3))) struct PermissionsTests {
  private static let tenant = TenantName(unchecked: "acme")
  private static let externalID = "0123456789abcdef0123456789abcdef"
  private static let pool = PoolName(unchecked: "builders")

  private let directory: TemporaryDirectory
  private let key = JobSigningKey.generate()

  init() throws {
    directory = try TemporaryDirectory()
    try write("signing.pub", key.publicKey.pem)
  }

  private func write(_ name: String, _ text: String) throws {
    let file = directory.file(name)
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(chmod(file, 0o600) == 0)
  }

  /// A key that signs jobs here takes the place of one that nobody has.
  private func ofThisKey(_ text: String) -> String {
    text.split(separator: keyA, omittingEmptySubsequences: false).joined(separator: key.id.rawValue)
  }

  private func load(_ random: inout RandomPolicy) throws -> ConfigValues {
    var text = """
      gateway.endpoint: gateway.example:7443
      state.directory: state
      signing-keys.trusted: [signing.pub]
      require-signature: \(random.generator.chance(25))

      """
    if random.generator.chance(85) {
      try write("policy.yaml", ofThisKey(random.validYAML(for: .worker)))
      text += "policy.file: policy.yaml\n"
    }
    if random.generator.chance(85) {
      let secrets = try random.jobsOfSecrets().map { name, jobs, _ in
        "  - {name: \(name), file: x, jobs: \(jobs)}\n"
      }
      try write("secrets.yaml", ofThisKey("version: 1\nsecrets:\n\(secrets.joined())"))
      text += "secrets.file: secrets.yaml\n"
    }
    try write("worker.yaml", text)
    return try WorkerCatalog.schema.load(
      file: directory.file("worker.yaml"), environment: [:], overrides: [])
  }

  private func statement(_ job: JobFacts) throws -> JobStatement {
    let now = StatementTime(seconds: Int64(Date().timeIntervalSince1970))
    var statement = JobStatement(
      job: .random(), tenant: Self.tenant, externalID: Self.externalID, workerPool: Self.pool,
      notBefore: now,
      expires: StatementTime(seconds: now.seconds + 600), command: job.command)
    statement.image = job.image
    statement.secrets = try job.secrets.map { try JobSecret(parsing: "\($0)=file:\($0)") }
    statement.environment = Dictionary(uniqueKeysWithValues: job.environment.map { ($0, "") })
    statement.selector = job.labels
    statement.timeoutSeconds = job.timeout.flatMap { $0 > .zero ? $0.components.seconds : nil }
    statement.checkout = job.checkout.map {
      JobStatement.Checkout(
        vcsPool: PoolName(unchecked: "git"), repository: $0.repository, ref: $0.ref,
        commit: $0.ref == nil ? String(repeating: "1", count: 40) : nil)
    }
    return statement
  }

  /// Whether a worker with this configuration would run the job.
  private func runs(
    _ statement: JobStatement, isSigned: Bool, submitter: String, _ values: ConfigValues,
    disk: Disk
  ) async throws -> Bool {
    var settings = AdmissionSettings(
      audience: Audience(
        tenant: Self.tenant, externalID: Self.externalID, pool: .worker(Self.pool)),
      seenJobs: directory.file("seen"))
    settings.requiresSignature = values[WorkerCatalog.requireSignature]
    settings.signingKeys = try SigningKeySettings.files(
      values, requiredBy: WorkerCatalog.requireSignature)
    settings.policy = try WorkerCatalog.policy(values)
    settings.secrets = try WorkerCatalog.secrets(values)
    settings.labels = statement.selector
    var specification = statement.specification
    if isSigned {
      specification.signedJob = Data(try SignedJob.sign(statement, with: key).envelope)
    }
    let offered = OfferedJob(
      attempt: AttemptID(job: statement.job, epoch: 1), specification: specification,
      submitter: submitter)
    do throws(JobDenied) {
      let admission = JobAdmission(settings, disk: disk)
      _ = try await admission.admit(offered, admission.verify(offered).get())
      return true
    } catch {
      return false
    }
  }

  @Test func printAndEnforcementAgree() async throws {
    var random = RandomPolicy(seed: 12)
    var allowed = 0
    var total = 0
    let disk = try Disk(name: "permissions")
    for _ in 0..<300 {
      let values = try load(&random)
      let printed = try WorkerCatalog.permissions(values)
      let manifest = try #require(PermissionManifest(json: Array(printed.json.utf8)))
      for _ in 0..<4 {
        let facts = try random.jobFacts()
        guard let statement = try? statement(facts), statement.isAccepted(by: key) else { continue }
        let isSigned = random.generator.chance(50)
        let runs = try await runs(
          statement, isSigned: isSigned, submitter: facts.submitter ?? "", values, disk: disk)
        let offered = OfferedJob(
          attempt: AttemptID(job: statement.job, epoch: 1), specification: statement.specification)
        // What a worker knows of the job.
        let known = try JobFacts(
          checkout: facts.checkout, command: facts.command, image: facts.image,
          environment: facts.environment, secrets: facts.secrets,
          timeout: offered.effectiveTimeout, submitter: facts.submitter,
          signers: isSigned ? [key.id.rawValue] : [], labels: isSigned ? facts.labels : [:])
        #expect(
          runs == (manifest.decide(known).action == .allow), "\(known) under \(manifest.text)")
        allowed += runs ? 1 : 0
        total += 1
      }
    }
    #expect(allowed > 120 && total - allowed > 150, "\(allowed) of \(total)")
  }
}

extension JobStatement {
  /// Random jobs may be of a form that nobody would sign.
  fileprivate func isAccepted(by key: JobSigningKey) -> Bool {
    (try? SignedJob.sign(self, with: key)) != nil
  }
}
