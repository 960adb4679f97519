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
    do throws(InvalidFacts) {
      return policy.decide(try facts(signature))
    } catch {
      return error.decision
    }
  }

  /// What a policy file says, and about what it allows a policy agent; nil without both.
  func decision(
    by policy: AdmissionPolicy?, then query: (any PolicyQuery)?, signature: SignedJob?
  ) async -> PolicyDecision? {
    let file = policy.map { decision(by: $0, signature: signature) }
    guard let query else { return file }
    do throws(InvalidFacts) {
      return await query.decide(try facts(signature), after: file)
    } catch {
      return error.decision
    }
  }

  /// As the job would run here.
  func facts(_ signature: SignedJob?) throws(InvalidFacts) -> JobFacts {
    var checkout: JobFacts.Checkout?
    if specification.hasCheckout {
      guard let repository = try? RepositoryName(specification.checkout.repository) else {
        throw InvalidFacts(fact: "repository", reason: "not a valid name")
      }
      let ref = specification.checkout.ref
      checkout = JobFacts.Checkout(repository: repository, ref: ref.isEmpty ? nil : ref)
    }
    // A secret that comes in a variable of another name is a variable that the submitter named.
    let secrets: [JobSecret]
    do throws(InvalidJobSecret) {
      secrets = try specification.checkedSecrets()
    } catch {
      throw InvalidFacts(fact: "secrets", reason: error.description)
    }
    return try JobFacts(
      checkout: checkout, command: specification.command, image: specification.image,
      environment: specification.environment.keys + secrets.compactMap(\.renamedVariable),
      secrets: secrets.map(\.name.rawValue), timeout: effectiveTimeout, submitter: submitter,
      signers: signature.map { [$0.signer.rawValue] } ?? [],
      labels: signature?.statement.selector ?? [:])
  }
}
