import SallyportCore
import SallyportPolicy
import SallyportProtos
import SallyportSigning

/// Decides, before anything of a job happens, whether this worker runs it.
///
/// The gateway has no say in it: what it sends is checked against what the customer has signed.
struct JobAdmission: Sendable {
  let settings: AdmissionSettings
  private let seen: SeenJobs
  private let disk: Disk

  init(_ settings: AdmissionSettings, disk: Disk) {
    self.settings = settings
    seen = SeenJobs(directory: settings.seenJobs)
    self.disk = disk
  }

  /// What a job's signature says of it: the first half of the decision, of which nothing is seen
  /// outside. Worth beginning before the job is taken on: it reads files.
  ///
  /// - Returns: Nil where the job is not signed, or nobody's signature is trusted here, and none is
  ///   required.
  func verify(_ job: OfferedJob) async -> Result<SignedJob?, JobDenied> {
    guard let files = settings.signingKeys, let envelope = job.envelope else {
      guard !settings.requiresSignature else {
        return .failure(
          Self.denied(
            SignedJobError(
              .unsigned, "the job is not signed, and this worker runs signed jobs only")))
      }
      return .success(nil)
    }
    do throws(SignedJobError) {
      return .success(
        try await disk.perform { () throws(SignedJobError) in
          let signed = try SignedJob.verify(envelope, keys: try files.load())
          try check(signed.statement, job)
          return signed
        })
    } catch {
      return .failure(Self.denied(error))
    }
  }

  private func check(_ statement: JobStatement, _ job: OfferedJob) throws(SignedJobError) {
    try settings.audience.check(statement, now: Self.now())
    try statement.check(job.specification, job: job.attempt.job)
    for (name, value) in statement.selector where settings.labels[name] != value {
      throw SignedJobError(
        .wrongAudience, "the job was signed for workers with other labels than this one's")
    }
    try seen.check(statement)
  }

  /// The other half, with what ``verify(_:)`` found.
  ///
  /// - Throws: ``JobDenied``.
  func admit(_ job: OfferedJob, _ signed: SignedJob?) async throws(JobDenied) -> AdmittedJob {
    var admitted = job
    if let signed {
      let timeout = admitted.specification.timeout
      admitted.specification = signed.statement.specification
      if signed.statement.timeoutSeconds == nil { admitted.specification.timeout = timeout }
    }
    let decision = try await decide(&admitted, signed)
    let secrets = try grantSecrets(&admitted, signed)
    return AdmittedJob(job: admitted, signature: signed, decision: decision, secrets: secrets)
  }

  /// Uses up one run of a job that was signed, last of all: a job that is refused has used up none.
  ///
  /// Fails where another worker that shares the folder was faster.
  func claim(_ job: AdmittedJob) async -> Result<SeenJobs.Claim?, JobDenied> {
    guard let statement = job.signature?.statement else { return .success(nil) }
    do throws(SignedJobError) {
      return .success(
        try await disk.perform { () throws(SignedJobError) in
          try seen.claim(statement, now: Self.now())
        })
    } catch {
      return .failure(Self.denied(error))
    }
  }

  /// Of a job of which nothing has happened after all: it may be submitted again.
  func withdraw(_ claim: SeenJobs.Claim) async {
    await disk.perform { seen.withdraw(claim) }
  }

  /// Asks the customer's policy file, and about what it allows the customer's policy agent. Of a
  /// ref that is named in short and may mean a branch or a tag, what both allow is left.
  ///
  /// - Returns: Nil where there is neither.
  private func decide(
    _ job: inout OfferedJob, _ signed: SignedJob?
  ) async throws(JobDenied) -> PolicyDecision? {
    let loaded = settings.policy?.current
    guard
      let decision = await job.decision(
        by: loaded?.policy, then: settings.query, signature: signed)
    else { return nil }
    guard decision.isAllowed else {
      throw JobDenied(
        rule: decision.source.description, reason: decision.reason,
        policyDigest: loaded?.digest?.rawValue, reference: decision.reference)
    }
    if let ref = decision.refs.first, decision.refs.count == 1 {
      job.specification.checkout.ref = ref
    }
    return decision
  }

  private static func now() -> StatementTime {
    StatementTime(seconds: Int64(WallTime.now().microseconds / 1_000_000))
  }

  private static func denied(_ error: SignedJobError) -> JobDenied {
    JobDenied(rule: "signature", explanation: error.message)
  }
}
