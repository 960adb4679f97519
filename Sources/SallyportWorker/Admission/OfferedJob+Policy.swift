import SallyportCore
import SallyportPolicy
import SallyportProtos
import SallyportSigning

extension OfferedJob {
  /// After which this worker ends the job, whatever it asks for.
  var effectiveTimeout: Duration {
    min(timeout ?? AttemptSettings.maximumTimeout, AttemptSettings.maximumTimeout)
  }

  /// What a policy says about the job as it would run here.
  ///
  /// - Parameter signature: Verified. Without it nothing is known of the labels that the job asks
  ///   for.
  func decision(by policy: AdmissionPolicy, signature: SignedJob?) -> PolicyDecision {
    var checkout: JobFacts.Checkout?
    if specification.hasCheckout {
      guard let repository = try? RepositoryName(specification.checkout.repository) else {
        return InvalidFacts(fact: "repository", reason: "not a valid name").decision
      }
      let ref = specification.checkout.ref
      checkout = JobFacts.Checkout(repository: repository, ref: ref.isEmpty ? nil : ref)
    }
    do throws(InvalidFacts) {
      return policy.decide(
        try JobFacts(
          checkout: checkout, command: specification.command, image: specification.image,
          environment: specification.environment.keys, secrets: specification.secretNames,
          timeout: effectiveTimeout, submitter: submitter,
          signers: signature.map { [$0.signer.rawValue] } ?? [],
          labels: signature?.statement.selector ?? [:]))
    } catch {
      return error.decision
    }
  }
}
