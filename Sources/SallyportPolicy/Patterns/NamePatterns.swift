/// Patterns of names of environment variables or secrets, in which `*` stands for any run of
/// characters.
package struct NamePatterns: Hashable, Sendable {
  /// As written.
  package let texts: [String]
  private let literals: Set<[UInt8]>
  private let globs: [TextGlob]

  /// - Throws: Why one of the texts is not a pattern.
  init(_ texts: [String]) throws(PatternProblem) {
    for text in texts {
      guard !text.contains("**") else {
        throw PatternProblem(reason: "'*' stands for any run of characters already")
      }
      guard !text.contains("=") else { throw PatternProblem(reason: "no name contains '='") }
    }
    self.texts = texts
    let all = texts.map { TextGlob($0.utf8) }
    literals = Set(all.filter(\.isLiteral).map(\.bytes))
    globs = all.filter { !$0.isLiteral }
  }

  func contains(_ name: String) -> Bool {
    literals.contains(Array(name.utf8)) || globs.contains { $0.matches(name) }
  }
}
