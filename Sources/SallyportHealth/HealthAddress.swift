import NIOCore
package import SallyportConfig
import SallyportCore

/// Where the health endpoint is, as it is configured.
package struct HealthAddress: Sendable, Hashable {
  package let host: String
  /// 0 for any free one.
  package let port: Int
  package let portFile: String?
  let isLoopback: Bool

  /// - Throws: `ConfigError` where the host is no IP address, or one that others can reach although
  ///   `health.expose` is not set.
  package init(_ values: ConfigValues, _ settings: HealthSettings) throws(ConfigError) {
    let host = values[HealthSettings.host]
    func refuse(_ expected: String, hint: String? = nil) -> ConfigError {
      ConfigError(
        code: .invalidValue, origin: values.origin(of: HealthSettings.host),
        key: HealthSettings.host.name, expected: expected, found: "'\(host)'", hint: hint)
    }
    guard let isLoopback = Self.isLoopback(host) else { throw refuse("an IP address") }
    guard isLoopback || values[HealthSettings.expose] else {
      throw refuse(
        "a loopback address",
        hint: "others could read the metrics there; set health.expose to true where they may")
    }
    self.init(
      host: host, port: values[settings.port], portFile: values[HealthSettings.portFile],
      isLoopback: isLoopback)
  }

  init(host: String, port: Int, portFile: String? = nil, isLoopback: Bool = true) {
    self.host = host
    self.port = port
    self.portFile = portFile
    self.isLoopback = isLoopback
  }

  /// Nil for what is no IP address: names are not looked up.
  static func isLoopback(_ host: String) -> Bool? {
    switch try? SocketAddress(ipAddress: host, port: 0) {
    case .v4: host.hasPrefix("127.")
    case .v6: host == "::1"
    default: nil
    }
  }

  /// `host:port`, for people.
  package var text: String { "\(HostPort(host: host, port: port))" }
}
