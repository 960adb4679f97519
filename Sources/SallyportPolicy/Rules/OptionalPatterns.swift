/// Patterns over something that a job may not have; the text `(none)` matches where it has none.
package struct OptionalPatterns<Pattern: Hashable & Sendable & CustomStringConvertible>:
  Hashable, Sendable
{
  /// No image, repository or SPIFFE ID can be spelled so.
  static var none: String { "(none)" }

  let patterns: [Pattern]
  let matchesNone: Bool

  /// As written, `(none)` first.
  package var texts: [String] {
    (matchesNone ? [Self.none] : []) + patterns.map(\.description)
  }

  func contains<Value>(_ value: Value?, where matches: (Pattern, Value) -> Bool) -> Bool {
    guard let value else { return matchesNone }
    return patterns.contains { matches($0, value) }
  }
}
