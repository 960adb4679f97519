package import SallyportCore

/// A provider did not give what it should. Names the secrets and says why, never anything of what
/// the provider said.
package struct SecretFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Hashable, Sendable {
    case timedOut = "timed_out"
    /// It cannot be read, started, or ended with an error.
    case failed
    case tooLarge = "too_large"
    /// Not the JSON that was expected, or without the field.
    case malformed
    /// It cannot be delivered as the job wants it.
    case unfit
  }

  package let code: Code
  package let names: [SecretName]
  package let kind: SecretProvider.Kind
  package let reason: String

  package init(
    _ code: Code, _ names: [SecretName], _ kind: SecretProvider.Kind, _ reason: String
  ) {
    self.code = code
    self.names = names
    self.kind = kind
    self.reason = reason
  }

  package var description: String {
    let shown = names.prefix(4).map(\.rawValue) + (names.count > 4 ? ["..."] : [])
    return
      "no secret \(shown.joined(separator: ", ")) from its provider (\(kind.rawValue)): \(reason)"
  }
}
