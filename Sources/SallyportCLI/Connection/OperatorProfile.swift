package import SallyportConfig

/// How one operator reaches one gateway: a directory that `sallyport-gateway init` made.
///
/// It holds `operator.yaml` and, beside it, `key.pem`, `certificate.pem` and `ca.pem`.
package struct OperatorProfile: Sendable, Hashable {
  package let directory: String
  package let endpoint: HostPort
  /// The name that the gateway's certificate must have.
  package let serverName: String
  /// Nil: that of the operator's own certificate.
  package let trustDomain: String?

  package init(directory: String, endpoint: HostPort, serverName: String, trustDomain: String?) {
    self.directory = directory
    self.endpoint = endpoint
    self.serverName = serverName
    self.trustDomain = trustDomain
  }

  /// Reads the profile of a directory; variables `SALLYPORT_OPERATOR_...` win over its file.
  package init(
    directory: String, environment: [String: String]
  ) throws(ConfigError) {
    let values = try Self.load(directory, environment)
    let endpoint = values[OperatorSettings.endpoint]
    self.init(
      directory: directory, endpoint: endpoint,
      serverName: values[OperatorSettings.serverName] ?? endpoint.host,
      trustDomain: values[OperatorSettings.trustDomain])
  }

  private static func load(
    _ directory: String, _ environment: [String: String]
  ) throws(ConfigError) -> ConfigValues {
    do {
      return try OperatorSettings.schema.load(
        file: directory + "/operator.yaml", environment: environment)
    } catch  where error.code == .unreadableFile {
      throw ConfigError(
        code: error.code, origin: error.origin, found: error.found,
        hint: "give the operator's directory, as 'sallyport-gateway init' makes it, "
          + "with --dir or SALLYPORT_OPERATOR_DIR")
    } catch  where error.code == .missingKey {
      throw ConfigError(
        code: error.code, origin: error.origin, key: error.key, expected: error.expected)
    }
  }

  /// The directory that flag, environment or convention name, in this order.
  package static func directory(flag: String?, environment: [String: String]) -> String {
    if let directory = flag ?? environment["SALLYPORT_OPERATOR_DIR"] { return directory }
    if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
      return base + "/sallyport"
    }
    return (environment["HOME"] ?? "") + "/.config/sallyport"
  }
}
