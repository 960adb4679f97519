internal import NIOSSL
package import SallyportConfig
package import SallyportPolicy

/// How a program asks the customer's Open Policy Agent.
package struct PolicyAgentSettings: Sendable {
  package var url: PolicyAgentURL
  package var path: DecisionPath
  /// For one question, from the wait for a connection to the last byte of the answer.
  package var timeout: Duration = .seconds(2)
  /// The only ones that are trusted; nil for the system's.
  var roots: [NIOSSLCertificate]?
  /// For the header field `authorization`.
  var token: PolicyAgentToken?

  package init(url: PolicyAgentURL, path: DecisionPath) {
    self.url = url
    self.path = path
  }
}

extension PolicyAgentSettings {
  package static let urlKey = Setting<String?>.optional(
    "policy.opa.url", .string,
    "Open Policy Agent that must allow, too: https://host[:port], http://127.0.0.1:8181 (loopback "
      + "only) or unix:///path. Without an answer nothing is allowed. Without this key, none is asked."
  )
  package static let pathKey = Setting<String?>.optional(
    "policy.opa.decision-path", .string(maximumLength: DecisionPath.maximumLength),
    "The decision asked for, as in its Data API: sallyport/worker/decision, for example.")
  package static let timeoutKey = Setting(
    "policy.opa.timeout", .duration(atLeast: .milliseconds(10), atMost: .seconds(30)),
    default: .seconds(2), "For one answer, connecting included; without one by then, denied.")
  package static let rootsKey = Setting<String?>.optional(
    "policy.opa.ca-file", .path,
    "The only roots to trust for https (PEM); without it, the system's. Read at the start.")
  package static let tokenKey = Setting<String?>.optional(
    "policy.opa.token-file", .secretFile,
    "Bearer token for the Open Policy Agent, on one line. Read at the start.")

  /// Every key of these settings.
  package static let keys: [any SettingDeclaration] = [
    urlKey, pathKey, timeoutKey, rootsKey, tokenKey,
  ]

  /// Reads the files that are named. Blocks.
  ///
  /// - Returns: Nil where no agent is to be asked.
  /// - Throws: `ConfigError`.
  package init?(_ values: ConfigValues) throws(ConfigError) {
    guard let text = values[Self.urlKey] else {
      for key in [Self.pathKey, Self.rootsKey, Self.tokenKey] where values[key] != nil {
        throw Self.error(
          values, key, "'\(Self.urlKey.name)' beside it", found: "none",
          hint: "nobody would be asked")
      }
      return nil
    }
    do throws(InvalidPolicyAgentURL) {
      url = try PolicyAgentURL(text)
    } catch {
      // The text is not repeated: it may hold a password.
      throw Self.error(
        values, Self.urlKey, "https://host[:port], http://127.0.0.1:8181 or unix:///path",
        found: "another form", hint: error.reason)
    }
    guard let path = values[Self.pathKey] else {
      throw ConfigError(
        code: .missingKey, origin: nil, key: Self.pathKey.name, expected: DecisionPath.expected,
        hint: "'\(Self.urlKey.name)' is set")
    }
    guard let path = DecisionPath(path) else {
      throw Self.error(values, Self.pathKey, DecisionPath.expected, found: path)
    }
    self.path = path
    timeout = values[Self.timeoutKey]
    roots = try values[Self.rootsKey].map { file throws(ConfigError) in
      guard case .https = url.place else {
        throw Self.error(
          values, Self.rootsKey, "it with an https URL only", found: "'\(url)'")
      }
      return try Self.roots(file, values)
    }
    token = try values[Self.tokenKey].map { file throws(ConfigError) in
      guard let token = PolicyAgentToken(file: file) else {
        throw Self.error(
          values, Self.tokenKey, "a file with one line, the token", found: "\(file)")
      }
      return token
    }
  }

  private static func roots(
    _ file: String, _ values: ConfigValues
  ) throws(ConfigError) -> [NIOSSLCertificate] {
    guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
      throw error(values, rootsKey, "a file of certificates (PEM)", found: file)
    }
    return certificates
  }

  private static func error<Value>(
    _ values: ConfigValues, _ setting: Setting<Value>, _ expected: String, found: String,
    hint: String? = nil
  ) -> ConfigError {
    ConfigError(
      code: .invalidValue, origin: values.origin(of: setting), key: setting.name,
      expected: expected, found: found, hint: hint)
  }
}
