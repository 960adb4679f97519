/// A secret that a job finds in a file.
package struct SecretFileContents: Hashable, Sendable {
  /// In the form of `SecretPath`.
  package let path: String
  package let value: SecretValue

  package init(path: String, value: SecretValue) {
    self.path = path
    self.value = value
  }
}
