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

  /// - Throws: ``JobDenied``.
  func admit(_ job: OfferedJob) async throws(JobDenied) -> AdmittedJob {
    let signed = try await verified(job)
    var admitted = job
    if let signed {
      let timeout = admitted.specification.timeout
      admitted.specification = signed.statement.specification
      if signed.statement.timeoutSeconds == nil { admitted.specification.timeout = timeout }
    }
    let decision = try await decide(&admitted, signed)
    let secrets = try grantSecrets(&admitted, signed)
    if let signed { try await claim(signed) }
    return AdmittedJob(job: admitted, signature: signed, decision: decision, secrets: secrets)
  }

  /// - Returns: Nil where the job is not signed, or nobody's signature is trusted here, and none is
  ///   required.
  private func verified(_ job: OfferedJob) async throws(JobDenied) -> SignedJob? {
    guard let files = settings.signingKeys, let envelope = job.envelope else {
      guard !settings.requiresSignature else {
        throw Self.denied(
          SignedJobError(.unsigned, "the job is not signed, and this worker runs signed jobs only"))
      }
      return nil
    }
    do throws(SignedJobError) {
      let keys = try await disk.perform { () throws(SignedJobError) in try files.load() }
      let signed = try SignedJob.verify(envelope, keys: keys)
      try settings.audience.check(signed.statement, now: Self.now())
      try signed.statement.check(job.specification, job: job.attempt.job)
      for (name, value) in signed.statement.selector where settings.labels[name] != value {
        throw SignedJobError(
          .wrongAudience, "the job was signed for workers with other labels than this one's")
      }
      return signed
    } catch {
      throw Self.denied(error)
    }
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

  /// Last of all, so that a job that is refused has not used up a run.
  private func claim(_ signed: SignedJob) async throws(JobDenied) {
    let seen = seen
    do throws(SignedJobError) {
      try await disk.perform { () throws(SignedJobError) in
        try seen.claim(
          signed.statement.job, runs: signed.statement.runs, until: signed.statement.expires,
          now: Self.now())
      }
    } catch {
      throw Self.denied(error)
    }
  }

  private static func now() -> StatementTime {
    StatementTime(seconds: Int64(WallTime.now().microseconds / 1_000_000))
  }

  private static func denied(_ error: SignedJobError) -> JobDenied {
    JobDenied(rule: "signature", explanation: error.message)
  }
}
