import SallyportPolicy
import SallyportSigning

/// A job that the customer's side lets run.
struct AdmittedJob: Sendable {
  /// What runs: where the job is signed, what was signed.
  let job: OfferedJob
  /// Nil where the job has no signature that this worker could check.
  let signature: SignedJob?
  /// Of the policy; nil without one.
  let decision: PolicyDecision?
  /// What it is to be given, with where that comes from.
  let secrets: [GrantedSecret]
}
