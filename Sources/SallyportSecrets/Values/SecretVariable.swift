/// A variable of a job's environment that holds a secret.
package struct SecretVariable: Hashable, Sendable {
  /// Bytes of name, value and what stands between and after them: more cannot be passed to a
  /// process on Linux (MAX_ARG_STRLEN).
  package static let maximumLength = 131_072

  package let name: String
  package let value: SecretValue

  package init(name: String, value: SecretValue) {
    self.name = name
    self.value = value
  }
}
