package import SallyportConfig

/// Which jobs may have something of the worker's: matchers in the words of an admission policy, of
/// which at least one set must hold. Nobody, unless somebody is named.
package struct JobConditions: Hashable, Sendable {
  /// What stands in the file for every job that is admitted at all.
  package static let every = "every"
  /// Sets of matchers.
  package static let maximumCount = 256

  let policy: AdmissionPolicy

  /// Reads `every`, or a list of tables of matchers.
  ///
  /// - Throws: `ConfigError`, also for a table without matchers: every job is `every`.
  package init(_ cursor: PolicyCursor) throws(ConfigError) {
    if case .text(Self.every) = cursor.node.value {
      policy = AdmissionPolicy(program: .worker, defaultAction: .allow, rules: [])
      return
    }
    guard case .list = cursor.node.value else {
      throw cursor.error(
        "a list of conditions such as [{repositories: [team/app.git]}], or 'every'")
    }
    let keys = MatcherKey.allCases.filter { $0.applies(to: .worker) && $0 != .secrets }
    let reader = MatcherReader(program: .worker, action: .allow)
    var rules: [PolicyRule] = []
    for (index, item) in try cursor.list(0...Self.maximumCount, of: "conditions").enumerated() {
      let given = try item.table(keys.map(\.rawValue), expected: "a table of matchers")
      guard !given.isEmpty else {
        throw item.error("a matcher", hint: "write 'every' in place of the list for every job")
      }
      var matchers: [Matcher] = []
      for key in keys {
        guard let value = given[key.rawValue] else { continue }
        matchers.append(try reader.matcher(key, value))
      }
      rules.append(
        PolicyRule(
          name: RuleName(unchecked: "\(index + 1)"), action: .allow, line: item.node.line,
          matchers: matchers))
    }
    policy = AdmissionPolicy(program: .worker, defaultAction: .deny, rules: rules)
  }

  /// Whether a job may have it. Of a ref that is named in short, ``PolicyDecision/refs`` says for
  /// which of those that it may mean.
  package func decide(_ job: JobFacts) -> PolicyDecision { policy.decide(job) }
}
