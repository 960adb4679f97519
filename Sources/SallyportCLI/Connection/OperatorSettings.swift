package import SallyportConfig

/// The keys of `operator.yaml`.
package enum OperatorSettings: SettingsCatalog {
  package static let endpoint = Setting.required(
    "gateway.endpoint", .hostPort, "The gateway's operator listener.")
  package static let serverName = Setting.optional(
    "gateway.server-name", .string(maximumLength: 253),
    "Name that the gateway's certificate must have; without it, the host of `gateway.endpoint`.")
  package static let trustDomain = Setting.optional(
    "gateway.trust-domain", .string(maximumLength: 255),
    "Trust domain of the gateway; without it, that of the operator's certificate.")

  package static let schema = ConfigSchema(
    program: "sallyport", environmentPrefix: "SALLYPORT_OPERATOR_", otherVariables: ["DIR"],
    settings: [endpoint, serverName, trustDomain])
}
