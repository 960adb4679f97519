import Yams

/// One line about a YAML file that cannot be parsed.
enum YAMLProblem {
  static func describe(_ error: any Error) -> (line: Int?, problem: String) {
    guard let error = error as? YamlError else { return (nil, "\(error)") }
    return switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (mark.line, problem)
    case .reader(let problem, _, _, _): (nil, problem)
    case .duplicatedKeysInMapping(let duplicates, let context):
      (
        context.mark.line,
        "key '\(duplicates.first ?? "")' is given more than once"
      )
    default: (nil, "unreadable")
    }
  }
}
