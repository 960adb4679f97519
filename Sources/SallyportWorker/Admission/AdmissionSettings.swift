package import SallyportPolicy
package import SallyportSecrets
package import SallyportSigning

/// What the customer asks of every job before this worker runs it.
package struct AdmissionSettings: Sendable {
  /// Who this worker is to those who sign jobs.
  package var audience: Audience
  /// Whether a job without a signature of a trusted key is refused.
  package var requiresSignature = false
  /// Nil: signatures are not looked at.
  package var signingKeys: SigningKeyFiles?
  /// Remembers which signed jobs have run, until their signatures expire.
  package var seenJobs: String
  /// Decides about every job whose signature is in order; nil: all may run.
  package var policy: PolicySource?
  /// Asked about every job that the policy allows; nil: nobody.
  package var query: (any PolicyQuery)?
  /// What this worker can provide, and for which jobs; nil: no secrets.
  package var secrets: SecretCatalogSource?
  /// This worker's own.
  package var labels: [String: String] = [:]

  package init(audience: Audience, seenJobs: String) {
    self.audience = audience
    self.seenJobs = seenJobs
  }
}
