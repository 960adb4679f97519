package import SallyportCore

extension PolicyAnswer {
  /// The refs that an answer to a VCS agent leaves of a repository, and a digest of them; nil for
  /// all of it. They count as those of a rule that allows.
  package func refs(
    in repository: RepositoryName, for caller: FetchFacts.Caller
  ) -> (permission: RefPermission, digest: PolicyDigest)? {
    guard let refs else { return nil }
    let rule = PolicyRule(
      name: RuleName(unchecked: "opa"), action: .allow, matchers: [.refs(refs)])
    let policy = AdmissionPolicy(
      program: .agent, defaultAction: .deny, rules: refs.isEmpty ? [] : [rule])
    return (
      policy.refs(in: repository, for: caller),
      PolicyDigest(of: Array(refs.map(\.text).joined(separator: "\n").utf8))
    )
  }
}
