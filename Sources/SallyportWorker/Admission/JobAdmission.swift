import SallyportCore
import SallyportPolicy
import SallyportProtos
import SallyportSigning

/// Decides, before anything of a job happens, whether this worker runs it.
///
/// The gateway has no say in it: what it sends is checked against what the customer has signed.
struct JobAdmission: Sendable {
  let settings: AdmissionSettings
  private let keys: SigningKeyCache?
  private let seen: SeenJobs
  private let disk: Disk

  init(_ settings: AdmissionSettings, disk: Disk) {
    self.settings = settings
    keys = settings.signingKeys.map { SigningKeyCache($0) }
    seen = SeenJobs(directory: settings.seenJobs)
    self.disk = disk
  }

  /// Verifies a job's signature and uses up one of the runs that were signed: the part of the
  /// decision that waits for files. Worth beginning before the job is taken on; of one that then
  /// does not begin, ``withdraw(_:)`` gives the run back.
  ///
  /// - Returns: Nil where the job is not signed, or nobody's signature is trusted here, and none is
  ///   required.
  func verify(_ job: OfferedJob) async -> Result<VerifiedJob?, JobDenied> {
    do throws(SignedJobError) {
      guard let keys, let envelope = job.envelope else {
        guard !settings.requiresSignature else {
          throw SignedJobError(
            .unsigned, "the job is not signed, and this worker runs signed jobs only")
        }
        return .success(nil)
      }
      return .success(
        try await disk.perform { () throws(SignedJobError) in
          let signed = try SignedJob.verify(envelope, keys: try keys.load())
          let now = StatementTime(seconds: Int64(WallTime.now().microseconds / 1_000_000))
          try check(signed.statement, job, now: now)
          return VerifiedJob(signed: signed, claim: try seen.claim(signed.statement, now: now))
        })
    } catch {
      return .failure(Self.denied(error))
    }
  }

  private func check(
    _ statement: JobStatement, _ job: OfferedJob, now: StatementTime
  ) throws(SignedJobError) {
    try settings.audience.check(statement, now: now)
    try statement.check(job.specification, job: job.attempt.job)
    for (name, value) in statement.selector where settings.labels[name] != value {
      throw SignedJobError(
        .wrongAudience, "the job was signed for workers with other labels than this one's")
    }
  }

  /// The rest of the decision. Nothing of the job may happen before ``secure(_:)`` has returned, too.
  ///
  /// - Throws: ``JobDenied``.
  func admit(_ job: OfferedJob, _ verified: VerifiedJob?) async throws(JobDenied) -> AdmittedJob {
    let signed = verified?.signed
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

  /// Waits until no crash can make this worker forget that the job has run.
  ///
  /// - Returns: Nil, or why that is not known.
  func secure(_ verified: VerifiedJob?) async -> JobDenied? {
    guard verified != nil else { return nil }
    do throws(SignedJobError) {
      try await disk.perform { () throws(SignedJobError) in try seen.secure() }
      return nil
    } catch {
      return Self.denied(error)
    }
  }

  /// Gives back the run of a job of which nothing has happened: it may be submitted again.
  func withdraw(_ verified: VerifiedJob?) async {
    guard let verified else { return }
    await disk.perform { seen.withdraw(verified.claim) }
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

  private static func denied(_ error: SignedJobError) -> JobDenied {
    JobDenied(rule: "signature", explanation: error.message)
  }
}
