/// A text that does not have the form of the value it should spell.
package struct TextFormError: Error, Hashable, CustomStringConvertible {
  /// What was expected, for example "a duration such as 30s, 10m or 24h".
  package let expected: String
  package let found: String

  package init(expected: String, found: String) {
    self.expected = expected
    self.found = found
  }

  package var description: String { "expected \(expected), found '\(ShownText.short(found))'" }
}
