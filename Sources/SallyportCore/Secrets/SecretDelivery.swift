/// How a job finds a secret.
package enum SecretDelivery: Hashable, Sendable {
  /// In a variable of its environment; see ``VariableName``.
  case environment(String)
  /// In a file below the folder that `SALLYPORT_SECRETS_DIR` names; see ``SecretPath``.
  case file(String)
}
