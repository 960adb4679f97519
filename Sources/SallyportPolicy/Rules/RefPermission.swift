package import SallyportCore

/// Which refs of one repository one caller may see: the rules that remain once repository and caller
/// are known.
///
/// Made once for a request, asked for each ref: a repository may have a million.
package struct RefPermission: Sendable {
  private let index: RefIndex
  /// What the rules that are left decide, in their order, and then the default.
  private let decisions: [PolicyDecision]
  private let head: PolicyDecision
  /// About a commit that no ref shows which may be seen.
  package let unadvertised: PolicyDecision
  /// About every ref that no rule names. Of a repository of which nothing can be allowed, the
  /// decision that says so.
  package let rest: PolicyDecision
  /// Whether every ref but `HEAD`, whatever its name, is allowed.
  package let allowsEveryRef: Bool
  /// Whether every ref below `refs/tags/`, whatever its name, is allowed.
  package let allowsEveryTag: Bool
  /// False where no ref and no commit can be allowed, whatever there is: to this caller the
  /// repository is not available.
  package let allowsAnything: Bool

  init(_ policy: AdmissionPolicy, repository: RepositoryName, caller: FetchFacts.Caller) {
    let facts = { target in
      PolicyFacts(FetchFacts(repository: repository, target: target, caller: caller))
    }
    // What a rule says of refs is all that is left open.
    let steps = policy.rules.compactMap { rule in
      RefStep(rule, facts: facts(.unadvertisedCommit))
    }
    let bound = steps.firstIndex { $0.patterns == nil } ?? steps.count
    var index = RefIndex()
    for (number, step) in steps[..<bound].enumerated() {
      for glob in step.patterns ?? [] { index.insert(glob, step: number) }
    }
    self.index = index
    let last =
      bound < steps.count
      ? steps[bound].decision : PolicyDecision(action: policy.defaultAction, source: .default)
    decisions = steps[..<bound].map(\.decision) + [last]
    rest = last
    head = policy.decide(facts(.ref("HEAD")))
    unadvertised = policy.decide(facts(.unadvertisedCommit))

    let reachable = Array(steps[..<bound])
    allowsEveryRef = RefStep.allowsEverything(below: ["refs"], reachable, last: last)
    allowsEveryTag = RefStep.allowsEverything(below: ["refs", "tags"], reachable, last: last)
    allowsAnything =
      head.isAllowed || unadvertised.isAllowed || last.isAllowed
      || RefStep.allowsSomething(reachable)
  }

  package var allowsUnadvertisedCommits: Bool { unadvertised.isAllowed }

  /// - Parameter name: A full name, or `HEAD`. Of a peeled entry (`^{}`), the tag's name.
  package func decision(for name: String) -> PolicyDecision {
    if name == "HEAD" { return head }
    let span = name.utf8.span
    guard RefForm.isFull(span) else { return .invalid("not the full name of a ref") }
    return decisions[index.firstStep(for: span, before: decisions.count - 1)]
  }

  package func allows(_ name: String) -> Bool { allows(bytes: name.utf8.span) }

  /// The same for the bytes of a name, without making anything of them.
  package func allows(bytes name: Span<UInt8>) -> Bool {
    guard RefForm.isFull(name) else { return Self.isHead(name) && head.isAllowed }
    return decisions[index.firstStep(for: name, before: decisions.count - 1)].isAllowed
  }

  /// Whether `HEAD` may be seen where it is known which ref it stands for.
  package func allowsHead(pointingTo name: String) -> Bool { head.isAllowed || allows(name) }

  private static func isHead(_ name: Span<UInt8>) -> Bool {
    name.count == 4 && name[0] == UInt8(ascii: "H") && name[1] == UInt8(ascii: "E")
      && name[2] == UInt8(ascii: "A") && name[3] == UInt8(ascii: "D")
  }
}

extension AdmissionPolicy {
  /// Which refs of a repository a caller may see.
  package func refs(in repository: RepositoryName, for caller: FetchFacts.Caller) -> RefPermission {
    guard program == .agent else {
      let nothing = AdmissionPolicy(program: .agent, defaultAction: .deny, rules: [])
      return RefPermission(nothing, repository: repository, caller: caller)
    }
    return RefPermission(self, repository: repository, caller: caller)
  }
}
