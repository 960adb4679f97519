/// What a rule wants of one label that a job asks for.
package struct LabelCondition: Hashable, Sendable {
  package let name: String
  /// As written.
  package let values: [String]
  private let globs: [TextGlob]

  init(name: String, values: [String]) {
    self.name = name
    self.values = values
    globs = values.map { TextGlob($0.utf8) }
  }

  func holds(for labels: [String: String]) -> Bool {
    // Names are bytes, which the keys of a dictionary are not.
    labels.contains { label in
      label.key.utf8.elementsEqual(name.utf8) && globs.contains { $0.matches(label.value) }
    }
  }
}
