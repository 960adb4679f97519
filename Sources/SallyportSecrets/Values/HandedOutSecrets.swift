package import SallyportCore

/// What a job is given: variables and files.
package struct HandedOutSecrets: Hashable, Sendable {
  package private(set) var variables: [SecretVariable] = []
  package private(set) var files: [SecretFileContents] = []

  /// Bytes of all variables together, with their names: with the job's own ones they must fit into one
  /// process.
  private static let maximumVariables = 2 << 20

  private var variablesLength = 0

  package init() {}

  package var isEmpty: Bool { variables.isEmpty && files.isEmpty }

  /// Everything that must not appear anywhere.
  package var values: [SecretValue] { variables.map(\.value) + files.map(\.value) }

  /// Adds a secret as the job wants it.
  ///
  /// In a variable it is without the line end that files and commands end with; in a file it is as the
  /// provider gave it, because some formats (private keys) need their last line end.
  ///
  /// - Throws: ``SecretFailure`` where a variable cannot hold it, or it is empty.
  package mutating func add(
    _ value: SecretValue, as secret: JobSecret, from kind: SecretProvider.Kind
  ) throws(SecretFailure) {
    let fail = { (reason: String) in SecretFailure(.unfit, [secret.name], kind, reason) }
    let trimmed = value.withoutLineEnd
    guard !trimmed.isEmpty else { throw fail("it is empty") }
    switch secret.delivery {
    case .file(let path): files.append(SecretFileContents(path: path, value: value))
    case .environment(let name):
      guard trimmed.count + name.utf8.count + 2 <= SecretVariable.maximumLength else {
        throw fail("it is too long for a variable: deliver it as a file")
      }
      let (hasZero, isText) = trimmed.withBytes { bytes in
        (bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil)
      }
      guard !hasZero else {
        throw fail("it contains a zero byte, which no variable can hold: deliver it as a file")
      }
      guard isText else { throw fail("it is not UTF-8: deliver it as a file") }
      let length = trimmed.count + name.utf8.count + 2
      guard length <= Self.maximumVariables - variablesLength else {
        throw fail("it and the others are too long together for variables: deliver them as files")
      }
      variablesLength += length
      variables.append(SecretVariable(name: name, value: trimmed))
    }
  }
}
