/// A pattern over images or SPIFFE IDs: `*` within one segment, `**` for one or more segments.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  private let glob: PathGlob

  /// - Throws: Why the text is not a pattern.
  init(_ text: String) throws(PatternProblem) {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw PatternProblem(reason: "use visible ASCII characters without blanks")
    }
    self.text = text
    glob = try PathGlob(text)
  }

  package var description: String { text }

  func matches(_ text: String) -> Bool { glob.matches(text) }
}
