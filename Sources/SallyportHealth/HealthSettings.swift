package import SallyportConfig

/// The keys of the health endpoint, which every long-running executable has.
package struct HealthSettings: Sendable {
  package static let host = Setting(
    "health.host", .string(maximumLength: 45), default: "127.0.0.1",
    "IP address of the health endpoint (/healthz, /readyz, /metrics; HTTP, no authentication).")
  package static let expose = Setting(
    "health.expose", .boolean, default: false,
    "Allows a health.host that is not a loopback address: whoever reaches it reads the metrics, on "
      + "the gateway with names of tenants and pools.")
  package static let portFile = Setting.optional(
    "health.port-file", .path,
    "Where to write the bound port of the health endpoint, as a decimal number.")

  package let port: Setting<Int>

  package init(defaultPort: Int) {
    port = Setting(
      "health.port", .integer(in: 0...65_535), default: defaultPort,
      "Port of the health endpoint; 0 for any free one.")
  }

  package var all: [any SettingDeclaration] { [Self.host, port, Self.expose, Self.portFile] }
}
