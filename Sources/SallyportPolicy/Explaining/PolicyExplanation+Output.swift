internal import FoundationEssentials
internal import SallyportConfig

extension PolicyExplanation {
  /// Lines for people, each ending with a newline.
  package var text: String {
    var text = decision.isAllowed ? "allowed by \(decision.source)" : decision.refusal
    if let reason = decision.reason { text += " (\(ShownText.escaped(reason)))" }
    text += "\n"
    for one in cases {
      text += "\n\(ShownText.escaped(one.target?.shown ?? "no checkout")): "
      text += "\(one.decision.isAllowed ? "allowed" : "denied") by \(one.decision.source)\n"
      let rows = one.steps.enumerated().flatMap { index, step in
        Self.rows(step, number: index + 1)
      }
      let last = one.decision.source == .default ? "decides: no rule matches" : "not reached"
      text += AlignedText.render(
        [["#", "RULE", "ACTION", "OUTCOME"]] + rows + [["", "default", "", last]])
    }
    return text
  }

  /// JSON for programs, ending with a newline.
  package var json: String { JSONText.render(self) }

  private static func rows(_ step: Step, number: Int) -> [[String]] {
    let outcome =
      switch step.outcome {
      case .decides: "decides: every matcher holds"
      case .notReached: "not reached"
      case .doesNotMatch: "does not match"
      }
    let row = ["\(number)", step.rule, step.action.rawValue, outcome]
    return [row]
      + step.failures.map { failure in
        ["", "", "", "  \(failure.matcher): \(failure.expected); found \(failure.found)"]
      }
  }
}

extension PolicyExplanation: Encodable {
  private enum Key: String, CodingKey { case decision, cases }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(decision, forKey: .decision)
    try container.encode(cases, forKey: .cases)
  }
}

extension PolicyExplanation.Case: Encodable {
  private enum Key: String, CodingKey {
    case ref, steps, decision
    case unadvertisedCommit = "unadvertised_commit"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    if case .ref(let name) = target { try container.encode(name, forKey: .ref) }
    try container.encode(target == .unadvertisedCommit, forKey: .unadvertisedCommit)
    try container.encode(steps, forKey: .steps)
    try container.encode(decision, forKey: .decision)
  }
}

extension PolicyDecision: Encodable {
  private enum Key: String, CodingKey { case action, rule, reason, refs }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(action, forKey: .action)
    try container.encode(source.description, forKey: .rule)
    try container.encodeIfPresent(reason, forKey: .reason)
    if !refs.isEmpty { try container.encode(refs, forKey: .refs) }
  }
}
