extension AdmissionPolicy {
  /// Decides about a job.
  ///
  /// A job that names a ref in short may mean a branch or a tag. Each is decided by itself, and
  /// the job is allowed where one is: ``PolicyDecision/refs`` says which, and the worker must not
  /// check out another.
  package func decide(_ job: JobFacts) -> PolicyDecision {
    guard program == .worker else { return wrongProgram }
    var first: PolicyDecision?
    var refs: [String] = []
    for target in job.targets {
      let decision = decide(PolicyFacts(job, target: target))
      if decision.isAllowed {
        if case .ref(let name) = target { refs.append(name) }
        if first?.isAllowed != true { first = decision }
      } else if first == nil {
        first = decision
      }
    }
    return (first ?? decide(PolicyFacts(job, target: nil))).with(refs: refs)
  }

  /// Decides about one ref, or a commit that no ref shows.
  package func decide(_ fetch: FetchFacts) -> PolicyDecision {
    guard program == .agent else { return wrongProgram }
    guard fetch.target.isWellFormed else { return .invalid("not the full name of a ref") }
    return decide(PolicyFacts(fetch))
  }

  func decide(_ facts: PolicyFacts) -> PolicyDecision {
    guard let rule = rules.first(where: { $0.matches(facts) }) else {
      return PolicyDecision(action: defaultAction, source: .default)
    }
    return PolicyDecision(rule)
  }

  private var wrongProgram: PolicyDecision {
    .invalid("the policy is one of \(program.title)")
  }
}
