import Foundation
import SallyportCore
import SallyportLedger
import SallyportProtos
import SallyportSigning
import SallyportTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// A worker that runs signed jobs only, against a gateway that sends it anything else.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SignedJobAdmissionTests {
  private let directory: TemporaryDirectory
  private let key = JobSigningKey.generate()
  private let job = JobID.random()

  init() throws {
    directory = try TemporaryDirectory()
    try key.publicKey.pem.write(
      toFile: directory.file("key.pub"), atomically: true, encoding: .utf8)
    try "# none yet\n".write(toFile: directory.file("revoked"), atomically: true, encoding: .utf8)
  }

  struct Change<Subject>: Sendable, CustomTestStringConvertible {
    /// What the refusal names.
    let part: String
    let apply: @Sendable (inout Subject) -> Void
    var testDescription: String { part }

    init(_ part: String, _ apply: @escaping @Sendable (inout Subject) -> Void) {
      self.part = part
      self.apply = apply
    }
  }

  /// What the job would leave behind.
  private var mark: String { directory.file("mark") }
  private var hasRun: Bool { FileManager.default.fileExists(atPath: mark) }

  private func statement() -> JobStatement {
    let now = StatementTime(seconds: Int64(Date().timeIntervalSince1970))
    var statement = JobStatement(
      job: job, tenant: TenantName(unchecked: "acme"),
      externalID: "0123456789abcdef0123456789abcdef", workerPool: PoolName(unchecked: "builders"),
      notBefore: now, expires: StatementTime(seconds: now.seconds + 600), command: ["touch", mark])
    statement.environment = ["PATH": "/usr/bin:/bin"]
    statement.selector = ["zone": "a"]
    return statement
  }

  private func configure(_ settings: inout WorkerSettings) {
    settings.admission.requiresSignature = true
    settings.admission.signingKeys = SigningKeyFiles(
      trusted: [directory.file("key.pub")], revoked: directory.file("revoked"))
  }

  private func signed(
    _ change: (inout JobStatement) -> Void = { _ in }
  ) throws -> (Sallyport_Worker_V1_JobSpec, SignedJob) {
    var statement = statement()
    change(&statement)
    let signed = try SignedJob.sign(statement, with: key)
    var spec = statement.specification
    spec.signedJob = Data(signed.envelope)
    spec.timeout = .with { $0.seconds = 60 }
    return (spec, signed)
  }

  /// Offers a job to a worker and gives its end.
  private func end(
    of spec: Sallyport_Worker_V1_JobSpec, epoch: UInt64 = 1, in running: RunningWorker
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    let attempt = AttemptID(job: job, epoch: epoch)
    running.gateway.offer(attempt) { $0 = spec }
    return try await running.gateway.next { event in
      guard case .finish(let request) = event else { return nil }
      return request.attempt == attempt.message ? request : nil
    }
  }

  private func expectDenied(
    _ request: Sallyport_Worker_V1_FinishAttemptRequest, _ text: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(request.outcome == .failed && request.denied, sourceLocation: sourceLocation)
    #expect(
      request.reason.hasPrefix("denied by customer policy: signature")
        && request.reason.contains(text), "\(request.reason)", sourceLocation: sourceLocation)
    #expect(!hasRun, sourceLocation: sourceLocation)
  }

  @Test func runsWhatWasSignedAndShowsItToTheVCSAgent() async throws {
    let dialer = FakeSealedDialer()
    let ledger = MemoryLedger()
    try await RunningWorker.with(dialer: dialer, ledger: ledger, configure: configure) { running in
      let repository = try RepositoryName("team/app.git")
      let (spec, signed) = try signed {
        $0.checkout = .init(
          vcsPool: PoolName(unchecked: "git"), repository: repository,
          ref: "refs/heads/main", commit: nil)
      }
      let request = try await end(of: spec, in: running)
      #expect(request.outcome == .succeeded && !request.denied, "\(request.reason)")
      #expect(hasRun)
      #expect(dialer.grants.withLock { $0 } == [signed.envelope])
      let job = try #require(ledger.all(LedgerJob.self).first)
      #expect(job.keyID == key.id.rawValue && job.decision.isAllowed)
      let payload = try DSSEEnvelope(parsing: signed.envelope).payload
      #expect(job.payloadSHA256 == LedgerHash(of: payload).description)
      #expect(ledger.all(LedgerGrant.self).map(\.decision.isAllowed) == [true])
    }
  }

  /// The VCS agent has keys of its own.
  @Test func aWorkerWithoutKeysShowsTheGrantAllTheSame() async throws {
    let dialer = FakeSealedDialer()
    try await RunningWorker.with(dialer: dialer) { running in
      let repository = try RepositoryName("team/app.git")
      let (spec, signed) = try signed {
        $0.checkout = .init(
          vcsPool: PoolName(unchecked: "git"), repository: repository, ref: "refs/heads/main",
          commit: nil)
      }
      #expect(try await end(of: spec, in: running).outcome == .succeeded)
      #expect(dialer.grants.withLock { $0 } == [signed.envelope])
    }
  }

  @Test func aGrantThatTheVCSAgentRefusesEndsTheJob() async throws {
    let dialer = FakeSealedDialer()
    dialer.grantStatus.withLock { $0 = 403 }
    try await RunningWorker.with(dialer: dialer, configure: configure) { running in
      let repository = try RepositoryName("team/app.git")
      let (spec, _) = try signed {
        $0.checkout = .init(
          vcsPool: PoolName(unchecked: "git"), repository: repository,
          ref: "refs/heads/main", commit: nil)
      }
      let request = try await end(of: spec, in: running)
      #expect(request.outcome == .failed)
      #expect(
        request.reason == "the VCS agent does not accept the job's grant (403): because",
        "\(request.reason)")
      #expect(!hasRun)
    }
  }

  /// The gateway changes what it passes on, one field after the other, and leaves the envelope.
  @Test(
    arguments: [
      Change("command") { $0.command[1] += "x" }, Change("command") { $0.command.append("x") },
      Change("environment") { $0.environment["LD_PRELOAD"] = "/tmp/x.so" },
      Change("environment") { $0.environment["PATH"] = nil },
      Change("secrets") { $0.secrets = [.with { $0.name = "OTHER" }] },
      Change("image") { $0.image = "evil" },
      Change("checkout") { $0.checkout.vcsPool = "git" },
    ] as [Change<Sallyport_Worker_V1_JobSpec>])
  func refusesAChangedJob(change: Change<Sallyport_Worker_V1_JobSpec>) async throws {
    try await RunningWorker.with(configure: configure) { running in
      var (spec, _) = try signed()
      change.apply(&spec)
      expectDenied(try await end(of: spec, in: running), change.part)
    }
  }

  @Test func refusesAChangedTimeout() async throws {
    try await RunningWorker.with(configure: configure) { running in
      var (spec, _) = try signed { $0.timeoutSeconds = 30 }
      expectDenied(try await end(of: spec, in: running), "timeout")
      spec.timeout = .with { $0.seconds = 30 }
      #expect(try await end(of: spec, epoch: 2, in: running).outcome == .succeeded)
    }
  }

  @Test func refusesAJobThatIsNotSigned() async throws {
    try await RunningWorker.with(configure: configure) { running in
      var (spec, signed) = try signed()
      spec.signedJob = Data()
      expectDenied(try await end(of: spec, in: running), "not signed")
      spec.signedJob = Data(signed.envelope.dropLast())
      expectDenied(try await end(of: spec, epoch: 2, in: running), "the envelope")
      spec.signedJob = Data(try SignedJob.sign(statement(), with: .generate()).envelope)
      expectDenied(try await end(of: spec, epoch: 3, in: running), "no key that is trusted")
    }
  }

  /// Signed, but for somebody else or for another time.
  @Test(
    arguments: [
      Change("another tenant") { $0.tenant = TenantName(unchecked: "other") },
      Change("another worker pool") { $0.workerPool = PoolName(unchecked: "other") },
      Change("external ID") { $0.externalID = "00000000000000000000000000000000" },
      Change("external ID") { $0.externalID = "" },
      Change("other labels") { $0.selector = ["zone": "b"] },
      Change("other labels") { $0.selector = ["gpu": ""] }, Change("id") { $0.job = .random() },
      Change("expired") {
        $0.notBefore = .init(seconds: 1)
        $0.expires = .init(seconds: 2)
      },
      Change("valid from") { $0.notBefore = .init(seconds: $0.expires.seconds - 1) },
    ] as [Change<JobStatement>])
  func refusesWhatIsNotForIt(change: Change<JobStatement>) async throws {
    try await RunningWorker.with(configure: configure) { running in
      let (spec, _) = try signed(change.apply)
      expectDenied(try await end(of: spec, in: running), change.part)
    }
  }

  @Test func aRevokedKeyCountsFromTheNextJobOn() async throws {
    try await RunningWorker.with(configure: configure) { running in
      let (spec, _) = try signed { $0.runs = 2 }
      try "\(key.id) # stolen\n".write(
        toFile: directory.file("revoked"), atomically: true, encoding: .utf8)
      expectDenied(try await end(of: spec, in: running), "revoked")
      try "".write(toFile: directory.file("revoked"), atomically: true, encoding: .utf8)
      #expect(try await end(of: spec, epoch: 2, in: running).outcome == .succeeded)
      try FileManager.default.removeItem(atPath: mark)
      // A key that cannot be read is trusted by nobody.
      try FileManager.default.removeItem(atPath: directory.file("key.pub"))
      expectDenied(try await end(of: spec, epoch: 3, in: running), "key.pub")
    }
  }

  /// The gateway sends a job again under a new attempt number, to this worker after a restart, and
  /// to another one that shares the folder of seen jobs.
  @Test func aJobRunsAsOftenAsWasSigned() async throws {
    let seen = directory.file("seen")
    let (spec, _) = try signed { $0.runs = 2 }
    let configure: (inout WorkerSettings) -> Void = { settings in
      self.configure(&settings)
      settings.admission.seenJobs = seen
    }
    let state = try TemporaryDirectory()
    try await RunningWorker.with(directory: state, configure: configure) { running in
      #expect(try await end(of: spec, epoch: 1, in: running).outcome == .succeeded)
      try FileManager.default.removeItem(atPath: mark)
    }
    try await RunningWorker.with(directory: state, configure: configure) { running in
      #expect(try await end(of: spec, epoch: 2, in: running).outcome == .succeeded)
      try FileManager.default.removeItem(atPath: mark)
      expectDenied(try await end(of: spec, epoch: 3, in: running), "2 times already")
    }
    try await RunningWorker.with(configure: configure) { running in
      expectDenied(try await end(of: spec, epoch: 4, in: running), "2 times already")
    }
  }

  /// Nothing of it has happened: the same signature is good for the run it was given for.
  @Test func aJobThatCannotBeRecordedMayBeSubmittedAgain() async throws {
    let (spec, _) = try signed()
    let ledger = MemoryLedger()
    try await RunningWorker.with(ledger: ledger, configure: configure) { running in
      ledger.setFailing(true, isNoticed: false)
      let request = try await end(of: spec, epoch: 1, in: running)
      #expect(request.outcome == .failed && !request.denied && !hasRun)
      ledger.setFailing(false)
      #expect(try await end(of: spec, epoch: 2, in: running).outcome == .succeeded)
      #expect(hasRun)
      try FileManager.default.removeItem(atPath: mark)
      expectDenied(try await end(of: spec, epoch: 3, in: running), "has run already")
    }
  }
}
