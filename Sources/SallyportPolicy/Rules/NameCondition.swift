/// What a rule wants of the names of a job's variables or secrets.
package enum NameCondition: Hashable, Sendable {
  /// Every name matches one of the patterns; true where there is no name. For rules that allow.
  case only(NamePatterns)
  /// At least one name matches one of the patterns. For rules that deny.
  case any(NamePatterns)

  func holds(for names: [String]) -> Bool {
    switch self {
    case .only(let patterns): names.allSatisfy { patterns.contains($0) }
    case .any(let patterns): names.contains { patterns.contains($0) }
    }
  }

  /// The names that decide: those that are too many, or those that were looked for.
  func witnesses(in names: [String]) -> [String] {
    switch self {
    case .only(let patterns): names.filter { !patterns.contains($0) }
    case .any(let patterns): names.filter { patterns.contains($0) }
    }
  }
}
