/// A pattern of full ref names: `refs/heads/main`, `refs/heads/release/*`, `refs/tags/**`, `HEAD`,
/// or `**` for every ref.
///
/// Segments as in ``RepositoryPattern``. Only `HEAD` and `**` match `HEAD`.
package struct RefPattern: Hashable, Sendable, CustomStringConvertible {
  enum Form: Hashable, Sendable {
    case every
    case head
    case path(PathGlob)
  }

  package let text: String
  let form: Form

  /// - Throws: Why the text is not a pattern.
  init(_ text: String) throws(PatternProblem) {
    self.text = text
    if text == "**" {
      form = .every
    } else if text == "HEAD" {
      form = .head
    } else if !text.hasPrefix("refs/") {
      let name = text.hasPrefix("heads/") || text.hasPrefix("tags/") ? "" : "heads/"
      throw PatternProblem(reason: "write the full name, such as refs/\(name)\(text)")
    } else {
      let glob = try PathGlob(text)
      guard RefForm.isFull(text.replacing("*", with: "x")) else {
        throw PatternProblem(reason: "no ref can have such a name")
      }
      form = .path(glob)
    }
  }

  package var description: String { text }

  /// - Parameter name: In the form of ``RefForm``.
  func matches(_ name: String) -> Bool {
    switch form {
    case .every: true
    case .head: name == "HEAD"
    case .path(let glob): name != "HEAD" && glob.matches(name)
    }
  }
}
