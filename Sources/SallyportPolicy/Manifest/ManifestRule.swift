internal import SallyportConfig

/// One row of a permission manifest: a rule in the words of the policy file. What is nil does not
/// matter to the rule.
package struct ManifestRule: Hashable, Sendable, Codable {
  package struct Names: Hashable, Sendable, Codable {
    package var only: [String]?
    package var any: [String]?
  }

  package struct Timeout: Hashable, Sendable, Codable {
    package var atMost: String?
    package var over: String?

    private enum CodingKeys: String, CodingKey {
      case over
      case atMost = "at-most"
    }
  }

  package let name: String
  package let action: PolicyAction
  package var reason: String?
  package var repositories: [String]?
  package var refs: [String]?
  package var unadvertisedCommits: Bool?
  package var commands: [[String]]?
  package var images: [String]?
  package var environment: Names?
  package var secrets: Names?
  package var timeout: Timeout?
  package var submitters: [String]?
  package var signed: Bool?
  package var signers: [String]?
  package var labels: [String: [String]]?
  package var workers: [String]?

  private enum CodingKeys: String, CodingKey {
    case name, action, reason, repositories, refs, commands, images, environment, secrets, timeout
    case submitters, signed, signers, labels, workers
    case unadvertisedCommits = "unadvertised-commits"
  }

  init(_ rule: PolicyRule) {
    name = rule.name.rawValue
    action = rule.action
    reason = rule.reason
    for matcher in rule.matchers { set(matcher) }
  }

  private mutating func set(_ matcher: Matcher) {
    switch matcher {
    case .repositories(let patterns): repositories = patterns.texts
    case .refs(let patterns): refs = patterns.map(\.text)
    case .unadvertisedCommits(let wanted): unadvertisedCommits = wanted
    case .commands(let patterns): commands = patterns.map(\.elements)
    case .images(let patterns): images = patterns.texts
    case .environment(let condition): environment = Names(condition)
    case .secrets(let condition): secrets = Names(condition)
    case .timeout(.atMost(let bound)): timeout = Timeout(atMost: DurationText.format(bound))
    case .timeout(.over(let bound)): timeout = Timeout(over: DurationText.format(bound))
    case .submitters(let patterns): submitters = patterns.texts
    case .signed(let wanted): signed = wanted
    case .signers(let ids): signers = ids
    case .labels(let conditions):
      labels = Dictionary(conditions.map { ($0.name, $0.values) }) { first, _ in first }
    case .workers(let patterns): workers = patterns.map(\.text)
    }
  }
}

extension ManifestRule.Names {
  fileprivate init(_ condition: NameCondition) {
    switch condition {
    case .only(let patterns): self.init(only: patterns.texts)
    case .any(let patterns): self.init(any: patterns.texts)
    }
  }
}
