/// The matchers of a rule, by their keys in the file.
package enum MatcherKey: String, Hashable, Sendable, CaseIterable {
  case repositories
  case refs
  case unadvertisedCommits = "unadvertised-commits"
  case commands
  case images
  case environment
  case secrets
  case timeout
  case submitters
  case signed
  case signers
  case labels
  case workers

  /// Whether the program knows what the matcher looks at.
  func applies(to program: PolicyProgram) -> Bool {
    switch (self, program) {
    case (.repositories, _), (.refs, _), (.unadvertisedCommits, _), (.signed, _), (.signers, _):
      true
    case (.workers, .agent): true
    case (.workers, .worker): false
    case (_, let program): program == .worker
    }
  }

  static func keys(of program: PolicyProgram) -> [String] {
    allCases.filter { $0.applies(to: program) }.map(\.rawValue)
  }
}
