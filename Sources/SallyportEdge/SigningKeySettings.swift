package import SallyportConfig
package import SallyportPolicy
package import SallyportSigning

/// The settings by which a worker or VCS agent knows whose signed jobs it accepts.
package enum SigningKeySettings {
  package static let trusted = Setting(
    "signing-keys.trusted", .paths(maximumCount: 64), default: [],
    "Files of Ed25519 public keys (PEM), one each, that may sign jobs. Read again for every job: "
      + "removing a file counts at once.")
  package static let revoked = Setting<String?>.optional(
    "signing-keys.revoked", .path,
    "File of key ids that may not sign any more, one on a line; read again for every job.")

  package static let settings: [any SettingDeclaration] = [trusted, revoked]

  /// - Parameter requirement: The boolean setting that asks for signatures.
  /// - Returns: Nil where no key is trusted: signatures are then not looked at.
  /// - Throws: `ConfigError` where a file cannot be used, or signatures are required and no key is
  ///   trusted.
  package static func files(
    _ values: ConfigValues, requiredBy requirement: Setting<Bool>
  ) throws(ConfigError) -> SigningKeyFiles? {
    let paths = values[trusted]
    guard !paths.isEmpty else {
      guard !values[requirement], values[revoked] == nil else {
        throw ConfigError(
          code: .invalidValue, origin: values.origin(of: trusted), key: trusted.name,
          expected: "the file of at least one public key", found: "none",
          hint: values[requirement]
            ? "'\(requirement.name)' is set" : "'\(revoked.name)' is set")
      }
      return nil
    }
    let files = SigningKeyFiles(trusted: paths, revoked: values[revoked])
    do throws(SignedJobError) {
      _ = try files.load()
    } catch {
      throw ConfigError(
        code: .invalidValue, origin: values.origin(of: trusted), key: trusted.name,
        expected: "files of Ed25519 public keys (PEM) and of key ids", found: "another",
        hint: error.message)
    }
    return files
  }

  /// For a permission manifest.
  ///
  /// - Throws: `SignedJobError` where a file cannot be used.
  package static func facts(
    _ files: SigningKeyFiles?, isRequired: Bool
  ) throws(SignedJobError) -> ProgramFacts.Signatures {
    ProgramFacts.Signatures(
      required: isRequired, trusted: try files?.load().ids.map(\.rawValue) ?? [])
  }
}
