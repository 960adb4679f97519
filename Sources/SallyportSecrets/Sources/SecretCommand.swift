/// A program that prints a secret, by the credential-process convention: no shell, no input, the
/// secret on standard output, exit code 0.
package struct SecretCommand: Hashable, Sendable {
  /// The program, absolute or looked up in `PATH`, and its arguments.
  package let arguments: [String]
  /// Of its environment, beside a few that every such program has.
  package let variables: [String: String]

  package init(arguments: [String], variables: [String: String] = [:]) {
    self.arguments = arguments
    self.variables = variables
  }
}
