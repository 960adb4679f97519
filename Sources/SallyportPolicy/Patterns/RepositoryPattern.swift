package import SallyportCore

/// A pattern of repository names: `team/app.git`, `team/*`, `team/**`, `**`.
///
/// Segments are compared one by one and case-sensitively. `*` stands for any run of characters
/// within one segment, `**`, a segment of its own, for one or more whole segments. `team/app` does
/// not match `team/app.git`: names are compared as they are.
package struct RepositoryPattern: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  private let glob: PathGlob

  /// - Throws: ``InvalidPattern``.
  package init(_ text: String) throws(InvalidPattern) {
    // With every star replaced by a letter, a pattern has the form of a name.
    let sample = text.replacing("*", with: "x")
    do {
      _ = try RepositoryName(sample)
    } catch {
      throw InvalidPattern(text: text, reason: error.reason)
    }
    do {
      glob = try PathGlob(text)
    } catch {
      throw InvalidPattern(text: text, reason: error.reason)
    }
    self.text = text
  }

  package var description: String { text }

  package func matches(_ name: RepositoryName) -> Bool { glob.matches(name.rawValue) }
}

/// A text that is not a ``RepositoryPattern``.
package struct InvalidPattern: Error, Hashable, CustomStringConvertible {
  package let text: String
  package let reason: String

  package var description: String {
    "invalid repository pattern \(String(reflecting: text)): \(reason)"
  }
}
