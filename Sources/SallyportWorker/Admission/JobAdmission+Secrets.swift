import SallyportCore
import SallyportPolicy
import SallyportProtos
import SallyportSecrets
import SallyportSigning

extension JobAdmission {
  /// Decides whether a job may have every secret that it names, before anything of it happens. Of a
  /// ref that is named in short and may mean a branch or a tag, what may have them is left.
  ///
  /// The submitter is not told whether a secret does not exist or is for other jobs.
  ///
  /// - Throws: ``JobDenied``.
  func grantSecrets(
    _ job: inout OfferedJob, _ signed: SignedJob?
  ) throws(JobDenied) -> [GrantedSecret] {
    guard !job.specification.secrets.isEmpty else { return [] }
    let facts: JobFacts
    let secrets: [JobSecret]
    do {
      secrets = try job.specification.checkedSecrets()
      facts = try job.facts(signed)
    } catch {
      throw JobDenied(rule: "invalid", reason: "\(error)")
    }
    let catalog = settings.secrets?.current
    var refs = facts.checkout?.ref.map { RefForm.candidates(of: $0) }
    var granted: [GrantedSecret] = []
    for secret in secrets {
      guard let source = catalog?.source(of: secret.name) else {
        throw Self.denied(secret, catalog == nil ? "secrets.file is not set" : "no such secret")
      }
      let decision = source.jobs.decide(facts)
      guard decision.isAllowed else {
        throw Self.denied(secret, "no condition of its 'jobs' holds: line \(source.line)")
      }
      refs?.removeAll { !decision.refs.contains($0) }
      granted.append(GrantedSecret(secret: secret, source: source))
    }
    if let refs {
      guard let first = refs.first else {
        throw JobDenied(
          rule: Self.rule, explanation: "its secrets are not available together for this ref")
      }
      if refs.count == 1 { job.specification.checkout.ref = first }
    }
    return granted
  }

  private static let rule = "secrets"

  private static func denied(_ secret: JobSecret, _ reason: String) -> JobDenied {
    JobDenied(
      rule: rule, explanation: "the secret \(secret.name) is not available to this job here",
      reason: "the secret \(secret.name): \(reason)")
  }
}
