/// How a policy came to its decision: every rule in order, and which matchers did not hold.
package struct PolicyExplanation: Hashable, Sendable {
  package struct Failure: Hashable, Sendable, Encodable {
    package let matcher: String
    package let expected: String
    package let found: String
  }

  package enum Outcome: String, Hashable, Sendable, Encodable {
    case decides
    case doesNotMatch = "does-not-match"
    /// An earlier rule decided.
    case notReached = "not-reached"
  }

  package struct Step: Hashable, Sendable, Encodable {
    package let rule: String
    package let action: PolicyAction
    /// In the file; nil where the policy came from elsewhere.
    package let line: Int?
    package let outcome: Outcome
    package let failures: [Failure]
  }

  /// One of the refs that a job may mean, or what a fetch asks for.
  package struct Case: Hashable, Sendable {
    /// Nil for a job without checkout.
    package let target: GitTarget?
    package let steps: [Step]
    package let decision: PolicyDecision
  }

  package let decision: PolicyDecision
  package let cases: [Case]

  init(decision: PolicyDecision, cases: [Case]) {
    self.decision = decision
    self.cases = cases
  }

  /// Of what no policy can judge.
  package init(denied facts: InvalidFacts) { self.init(decision: facts.decision, cases: []) }
}

extension AdmissionPolicy {
  /// Decides as ``decide(_:)-(JobFacts)`` does, and says how.
  package func explain(_ job: JobFacts) -> PolicyExplanation {
    let cases = job.targets.map { explain(PolicyFacts(job, target: $0), target: $0) }
    return PolicyExplanation(decision: decide(job), cases: program == .worker ? cases : [])
  }

  /// Decides as ``decide(_:)-(FetchFacts)`` does, and says how.
  package func explain(_ fetch: FetchFacts) -> PolicyExplanation {
    let cases =
      program == .agent && fetch.target.isWellFormed
      ? [explain(PolicyFacts(fetch), target: fetch.target)] : []
    return PolicyExplanation(decision: decide(fetch), cases: cases)
  }

  /// Says how a VCS agent decides about what a job would fetch: each ref that it may mean.
  ///
  /// - Parameter job: One with a checkout; without one nothing is fetched, and nothing allowed.
  package func explain(
    fetchOf job: JobFacts, by caller: FetchFacts.Caller
  ) -> PolicyExplanation {
    guard let repository = job.checkout?.repository else {
      return PolicyExplanation(
        denied: InvalidFacts(fact: "checkout", reason: "the job has none, and fetches nothing"))
    }
    let all = job.targets.compactMap { $0 }.map { target in
      explain(FetchFacts(repository: repository, target: target, caller: caller))
    }
    let decision = all.first { $0.decision.isAllowed }?.decision ?? all.first?.decision
    return PolicyExplanation(
      decision: decision ?? .invalid("no ref can have this name"), cases: all.flatMap(\.cases))
  }

  private func explain(_ facts: PolicyFacts, target: GitTarget?) -> PolicyExplanation.Case {
    var isDecided = false
    let steps = rules.map { rule -> PolicyExplanation.Step in
      var failures: [PolicyExplanation.Failure] = []
      var outcome = PolicyExplanation.Outcome.notReached
      if !isDecided {
        failures = rule.matchers.filter { !$0.holds(for: facts, action: rule.action) }
          .map { matcher in
            PolicyExplanation.Failure(
              matcher: matcher.key.rawValue, expected: matcher.shownWish,
              found: matcher.shownFact(facts))
          }
        isDecided = failures.isEmpty
        outcome = isDecided ? .decides : .doesNotMatch
      }
      return PolicyExplanation.Step(
        rule: rule.name.rawValue, action: rule.action, line: rule.line, outcome: outcome,
        failures: failures)
    }
    return PolicyExplanation.Case(target: target, steps: steps, decision: decide(facts))
  }
}
