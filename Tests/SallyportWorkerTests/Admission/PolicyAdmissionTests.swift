import Foundation
import Logging
import SallyportConfig
import SallyportCore
import SallyportGit
import SallyportLedger
import SallyportPolicy
import SallyportProtos
import SallyportSigning
import SallyportTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// A worker with a policy file, against a gateway that offers it whatever it likes.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PolicyAdmissionTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// What the job would leave behind.
  private var mark: String { directory.file("mark") }
  private var hasRun: Bool { FileManager.default.fileExists(atPath: mark) }
  private var file: String { directory.file("policy.yaml") }

  private func write(_ rules: String) throws {
    try "version: 1\nrules:\n\(rules)\n".write(toFile: file, atomically: true, encoding: .utf8)
  }

  private func spec(
    _ populate: (inout Sallyport_Worker_V1_JobSpec) -> Void = { _ in }
  ) -> Sallyport_Worker_V1_JobSpec {
    var spec = Sallyport_Worker_V1_JobSpec()
    spec.command = ["touch", mark]
    spec.environment = ["PATH": "/usr/bin:/bin"]
    spec.timeout.seconds = 60
    populate(&spec)
    return spec
  }

  private func checkout(_ ref: String, commit: String = "") -> Sallyport_Worker_V1_JobSpec {
    spec {
      $0.checkout.vcsPool = "git"
      $0.checkout.repository = "team/app.git"
      $0.checkout.ref = ref
      $0.checkout.commit = commit
    }
  }

  /// Offers a job to a worker and gives its end.
  private func end(
    of spec: Sallyport_Worker_V1_JobSpec, job: JobID = .random(), epoch: UInt64 = 1,
    submitter: String = "", in running: RunningWorker
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    let attempt = AttemptID(job: job, epoch: epoch)
    running.gateway.send {
      $0.offer.attempt = attempt.message
      $0.offer.externalID = running.gateway.externalID
      $0.offer.submittedBy = submitter
      $0.offer.job = spec
    }
    return try await running.gateway.next { event in
      guard case .finish(let request) = event else { return nil }
      return request.attempt == attempt.message ? request : nil
    }
  }

  /// The submitter is told the rule's name and not one byte more.
  private func expectDenied(
    _ request: Sallyport_Worker_V1_FinishAttemptRequest, by rule: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(request.outcome == .failed && request.denied, sourceLocation: sourceLocation)
    #expect(
      request.reason == "denied by customer policy: \(rule)", sourceLocation: sourceLocation)
    #expect(!hasRun, sourceLocation: sourceLocation)
  }

  private func run(
    _ rules: String, checkouts: FakeCheckout = FakeCheckout(),
    dialer: FakeSealedDialer = FakeSealedDialer(), logger: Logger = quietLogger,
    ledger: MemoryLedger = MemoryLedger(),
    configure: (inout WorkerSettings) -> Void = { _ in },
    _ body: @escaping @Sendable (RunningWorker) async throws -> Void
  ) async throws {
    try write(rules)
    let policy = try PolicySource(path: file, for: .worker)
    try await RunningWorker.with(
      checkouts: checkouts, dialer: dialer, logger: logger, ledger: ledger,
      configure: { settings in
        settings.admission.policy = policy
        configure(&settings)
      }, body)
  }

  @Test func aRuleAllows() async throws {
    let ledger = MemoryLedger()
    let rules = "  - {name: all, action: allow, commands: [[touch, \"**\"]]}"
    try await run(rules, ledger: ledger) { running in
      let request = try await end(of: spec(), in: running)
      #expect(request.outcome == .succeeded && !request.denied, "\(request.reason)")
      #expect(hasRun)
    }
    let policy = try #require(ledger.entries.first as? LedgerPolicy)
    #expect(policy.source == file && policy.rules == 1 && policy.sha256?.utf8.count == 64)
    #expect(ledger.all(LedgerJob.self).map(\.decision.rule) == ["all"])
  }

  @Test func whatWasMadeForADeniedJobIsGoneWhenItsEndIsReported() async throws {
    try await run("  - {name: none, action: deny}") { running in
      expectDenied(try await end(of: spec(), in: running), by: "none")
      #expect(running.worker.runner.orphans.others.isEmpty)
      let workspaces = running.worker.settings.attempts.workspaces
      #expect(try FileManager.default.contentsOfDirectory(atPath: workspaces) == [])
    }
  }

  @Test func aRuleDeniesAndOnlyTheCustomerLearnsWhy() async throws {
    let log = WorkerLog()
    let dialer = FakeSealedDialer()
    let ledger = MemoryLedger()
    let rules = """
        - name: no-loader
          action: deny
          reason: CANARY
          environment: {any: ["LD_*"]}
        - {name: rest, action: allow}
      """
    try await run(rules, dialer: dialer, logger: log.logger, ledger: ledger) { running in
      var spec = checkout("refs/heads/main")
      spec.environment["LD_PRELOAD"] = "/tmp/x.so"
      let job = JobID.random()
      expectDenied(try await end(of: spec, job: job, in: running), by: "no-loader")
      let text = try running.gateway.log(of: AttemptID(job: job, epoch: 1)).flatMap(\.payload)
      #expect(!String(decoding: text, as: UTF8.self).contains("CANARY"))
    }
    #expect(dialer.requests.withLock { $0.isEmpty })
    let line = try #require(log.lines.first { $0.contains("job denied") })
    #expect(line.contains("reason=CANARY") && line.contains("rule=no-loader"))
    #expect(line.contains("policy-sha256="))
    let job = try #require(ledger.all(LedgerJob.self).first)
    #expect(job.decision.rule == "no-loader" && job.decision.reason == "CANARY")
  }

  @Test func whatNoRuleNamesDoesNotRun() async throws {
    try await run("  - {name: make, action: allow, commands: [[make]]}") { running in
      expectDenied(try await end(of: spec(), in: running), by: "default")
    }
  }

  @Test func whatCannotBeJudgedDoesNotRun() async throws {
    try await run("  - {name: all, action: allow}") { running in
      for change in [
        { $0.command = [] }, { $0.command.append("a\0b") },
        { $0.environment["A\0"] = "" }, { $0.checkout.repository = "../x" },
        {
          $0.checkout.repository = "team/app"
          $0.checkout.ref = "a..b"
        },
      ] as [(inout Sallyport_Worker_V1_JobSpec) -> Void] {
        expectDenied(try await end(of: spec(change), in: running), by: "invalid")
      }
    }
  }

  /// `main` may be a branch or a tag: what is checked out is what the policy allows.
  @Test func aShortRefBecomesTheOneThatIsAllowed() async throws {
    let checkouts = FakeCheckout()
    let rules = """
        - {name: main, action: allow, refs: [refs/heads/main, "refs/tags/v*"]}
        - {name: both, action: allow, refs: [refs/heads/both, refs/tags/both]}
      """
    try await run(rules, checkouts: checkouts) { running in
      for (short, checkedOut) in [
        ("main", "refs/heads/main"), ("v1", "refs/tags/v1"), ("both", "both"),
        ("refs/heads/main", "refs/heads/main"),
      ] {
        let request = try await end(of: checkout(short), in: running)
        #expect(request.outcome == .succeeded, "\(request.reason)")
        #expect(checkouts.requests.withLock { $0.last?.ref } == checkedOut)
      }
      try FileManager.default.removeItem(atPath: mark)
      for ref in ["refs/tags/main", "refs/heads/v1", "w1", "HEAD"] {
        expectDenied(try await end(of: checkout(ref), in: running), by: "default")
      }
      // It may be a part of any ref.
      let commit = String(repeating: "0", count: 40)
      expectDenied(try await end(of: checkout("", commit: commit), in: running), by: "default")
    }
    #expect(checkouts.requests.withLock { $0.count } == 4)
  }

  @Test func submitterAndTimeoutAreThoseOfTheOffer() async throws {
    let rules = "  - {name: jo, action: allow, submitters: [jo], timeout: {at-most: 1m}}"
    try await run(rules) { running in
      expectDenied(try await end(of: spec(), submitter: "mo", in: running), by: "default")
      expectDenied(try await end(of: spec(), in: running), by: "default")
      let long = spec { $0.timeout.seconds = 61 }
      expectDenied(try await end(of: long, submitter: "jo", in: running), by: "default")
      let endless = spec { $0.clearTimeout() }
      expectDenied(try await end(of: endless, submitter: "jo", in: running), by: "default")
      let request = try await end(of: spec(), submitter: "jo", in: running)
      #expect(request.outcome == .succeeded, "\(request.reason)")
    }
  }

  /// A job without timeout ends when this worker ends it.
  @Test func theTimeoutIsTheEffectiveOne() throws {
    let policy = try AdmissionPolicy(
      parsing: Array(
        "version: 1\nrules: [{name: a, action: allow, timeout: {at-most: 168h}}]".utf8),
      path: "policy.yaml", for: .worker)
    for change in [
      { $0.clearTimeout() }, { $0.timeout.seconds = .max }, { $0.timeout.seconds = -1 },
    ] as [(inout Sallyport_Worker_V1_JobSpec) -> Void] {
      let job = OfferedJob(
        attempt: AttemptID(job: .random(), epoch: 1), specification: spec(change))
      #expect(job.effectiveTimeout == .seconds(168 * 3_600))
      #expect(job.decision(by: policy, signature: nil).isAllowed)
    }
  }

  /// Decisions and checkouts must mean the same refs by a name.
  @Test(arguments: [
    "main", "v1.0", "heads/main", "a/b", "HEAD", "refs/heads/main", "refs/tags/v1", "refs/x",
    "tags/v1", "Ä", "a@b",
  ]) func shortRefsMeanTheSameToPolicyAndGit(name: String) throws {
    #expect(try RefForm.candidates(of: name) == GitRefName(name).candidates)
  }

  @Test func aReloadCountsFromTheNextJobOn() async throws {
    let log = WorkerLog()
    try await run("  - {name: first, action: deny}", logger: log.logger) { running in
      expectDenied(try await end(of: spec(), in: running), by: "first")
      try write("  - {name: second, action: deny}")
      expectDenied(try await end(of: spec(), in: running), by: "first")
      await running.worker.reloadPolicy()
      expectDenied(try await end(of: spec(), in: running), by: "second")

      try write("  - {name: third, action: allow, comands: [[touch]]}")
      await running.worker.reloadPolicy()
      expectDenied(try await end(of: spec(), in: running), by: "second")
      try FileManager.default.removeItem(atPath: file)
      await running.worker.reloadPolicy()
      expectDenied(try await end(of: spec(), in: running), by: "second")

      try write("  - {name: fourth, action: allow}")
      await running.worker.reloadPolicy()
      #expect(try await end(of: spec(), in: running).outcome == .succeeded)
    }
    let errors = log.lines.filter { $0.contains("policy not reloaded") }
    #expect(errors.count == 2)
    #expect(
      errors.first?.contains("\(file):3: unknown key 'rules.0.comands'") == true, "\(errors)")
  }

  @Test func aSignedJobThatIsDeniedHasNotUsedUpItsRun() async throws {
    let key = JobSigningKey.generate()
    try key.publicKey.pem.write(
      toFile: directory.file("key.pub"), atomically: true, encoding: .utf8)
    let keys = SigningKeyFiles(trusted: [directory.file("key.pub")], revoked: nil)
    let now = StatementTime(seconds: Int64(Date().timeIntervalSince1970))
    var statement = JobStatement(
      job: .random(), tenant: TenantName(unchecked: "acme"),
      externalID: "0123456789abcdef0123456789abcdef", workerPool: PoolName(unchecked: "builders"),
      notBefore: now, expires: StatementTime(seconds: now.seconds + 600), command: ["touch", mark])
    statement.environment = ["PATH": "/usr/bin:/bin"]
    statement.selector = ["zone": "a"]
    var spec = statement.specification
    spec.signedJob = Data(try SignedJob.sign(statement, with: key).envelope)
    spec.timeout.seconds = 60
    let job = statement.job
    let other = String(repeating: "0", count: 64)
    try await run(
      "  - {name: release, action: allow, signers: [\(other)]}",
      configure: { $0.admission.signingKeys = keys }
    ) { [spec] running in
      expectDenied(try await end(of: spec, job: job, in: running), by: "default")
      try write("  - {name: release, action: allow, signers: [\(key.id)], labels: {zone: a}}")
      await running.worker.reloadPolicy()
      // Without its signature it is nobody's.
      var unsigned = spec
      unsigned.signedJob = Data()
      expectDenied(try await end(of: unsigned, in: running), by: "default")
      let request = try await end(of: spec, job: job, epoch: 2, in: running)
      #expect(request.outcome == .succeeded, "\(request.reason)")
    }
  }
}
