package import SallyportCore
package import SallyportPolicy

/// One entry of a secrets file: what is provided, from where, and who may have it.
package struct SecretSource: Hashable, Sendable {
  /// What the provider's answer is.
  package enum Contents: Hashable, Sendable {
    /// One secret, byte for byte.
    case whole(SecretName)
    /// A JSON object, with secrets in its fields.
    case fields([SecretName: SecretField])

    package var names: [SecretName] {
      switch self {
      case .whole(let name): [name]
      case .fields(let fields): fields.keys.sorted()
      }
    }
  }

  package static let defaultTimeout = Duration.seconds(30)
  package static let maximumTimeout = Duration.seconds(600)
  /// Bytes of an answer.
  package static let defaultMaximumSize = 64 << 10
  package static let largestMaximumSize = 1 << 20

  package let contents: Contents
  package let provider: SecretProvider
  package let timeout: Duration
  /// Bytes of the provider's answer.
  package let maximumSize: Int
  package let jobs: JobConditions
  /// Of the file.
  package let line: Int

  package init(
    contents: Contents, provider: SecretProvider, timeout: Duration = defaultTimeout,
    maximumSize: Int = defaultMaximumSize, jobs: JobConditions, line: Int
  ) {
    self.contents = contents
    self.provider = provider
    self.timeout = timeout
    self.maximumSize = maximumSize
    self.jobs = jobs
    self.line = line
  }
}
