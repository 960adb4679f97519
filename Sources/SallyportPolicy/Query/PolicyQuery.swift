package import SallyportCore

/// Asks somebody else for a decision: the customer's Open Policy Agent.
///
/// Asked after the policy file, and only about what that allows; both must allow. A question has no
/// effect: it may be asked twice, or for a check.
package protocol PolicyQuery: Sendable {
  /// Which decision of the agent's is asked for.
  var path: DecisionPath { get }
  /// For the ledger: who is asked for what. Without a credential.
  var source: String { get }

  /// - Throws: ``PolicyQueryError``, or anything else: to the caller every error is a denial.
  func ask(_ input: PolicyInput) async throws -> PolicyAnswer
}

extension PolicyQuery {
  /// The answer about a fetch, where an error is a denial.
  package func answer(
    about repository: RepositoryName, from caller: FetchFacts.Caller, grant: PolicyInput.Grant?
  ) async -> PolicyAnswer {
    do {
      return try await ask(PolicyInput(repository: repository, caller: caller, grant: grant))
    } catch {
      return PolicyAnswer(PolicyQueryError(error))
    }
  }

  /// Decides about a job.
  ///
  /// Of a ref that is named in short, each that it may mean is asked about by itself, as a policy
  /// file decides about it. Where one of the questions has no answer, the job is denied: what is
  /// checked out does not depend on which answer came in time.
  ///
  /// - Parameter file: What the policy file says; nil without one. A denial stays one, and nothing
  ///   is asked.
  package func decide(_ job: JobFacts, after file: PolicyDecision?) async -> PolicyDecision {
    if let file, !file.isAllowed { return file }
    var refs: [String] = []
    var approval: PolicyAnswer?
    var denial: PolicyAnswer?
    for ref in Self.refs(of: job, allowedBy: file) {
      let answer: PolicyAnswer
      do {
        answer = try await ask(try PolicyInput(job, ref: ref))
      } catch {
        return decision(PolicyAnswer(PolicyQueryError(error)))
      }
      if answer.isAllowed {
        if let ref { refs.append(ref) }
        approval = approval ?? answer
      } else {
        denial = denial ?? answer
      }
    }
    guard let approval else {
      return denial.map { decision($0) } ?? .invalid("no ref can have this name")
    }
    return decision(approval, confirming: file).with(refs: refs)
  }

  /// - Parameter file: The decision of a policy file, which names the rule that allows.
  private func decision(
    _ answer: PolicyAnswer, confirming file: PolicyDecision? = nil
  ) -> PolicyDecision {
    PolicyDecision(
      action: answer.isAllowed ? .allow : .deny, source: file?.source ?? .openPolicyAgent,
      reason: file == nil ? answer.reason : file?.reason,
      reference: PolicyReference(path: path, decisionID: answer.decisionID))
  }

  /// What to ask about; a single nil where the job names no ref.
  private static func refs(of job: JobFacts, allowedBy file: PolicyDecision?) -> [String?] {
    guard let ref = job.checkout?.ref else { return [nil] }
    return file?.refs ?? RefForm.candidates(of: ref)
  }
}
