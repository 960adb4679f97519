internal import FoundationEssentials
package import SallyportConfig
internal import SallyportIdentity
package import SallyportSession

/// The settings by which a worker or VCS agent finds its gateway and its own identity.
package struct GatewaySettings: Sendable {
  package static let endpointSetting = Setting.required(
    "gateway.endpoint", .hostPort, "Agents listener of the gateway.")
  package static let serverNameSetting = Setting<String?>.optional(
    "gateway.server-name", .string(maximumLength: 253),
    "Name that the gateway's certificate must have; without it, the endpoint's host.")
  package static let trustDomainSetting = Setting<String?>.optional(
    "gateway.trust-domain", .string(maximumLength: 255),
    "Trust domain of the gateway; without it, the one pinned at enrollment.")
  package static let stateDirectorySetting = Setting.required(
    "state.directory", .path, "Folder that 'enroll' made: keys, certificates, state.")

  package static let settings: [any SettingDeclaration] = [
    endpointSetting, serverNameSetting, trustDomainSetting, stateDirectorySetting,
  ]

  package let endpoint: HostPort
  package let serverName: String
  package let trustDomain: String?
  package let stateDirectory: String

  package init(_ values: ConfigValues) {
    endpoint = values[Self.endpointSetting]
    serverName = values[Self.serverNameSetting] ?? endpoint.host
    trustDomain = values[Self.trustDomainSetting]
    stateDirectory = values[Self.stateDirectorySetting]
  }

  /// Opens the state directory and checks that it belongs to this role and gateway.
  ///
  /// - Throws: `SessionError`: in use, not enrolled, or enrolled as something else.
  package func openState(
    as role: EnrollmentRole
  ) throws(SessionError) -> (StateDirectory, EnrollmentRecord) {
    let state = try StateDirectory.open(stateDirectory)
    return (state, try require(role, try state.enrollment()))
  }

  /// Reads what ``openState(as:)`` and the connections need, without taking the state directory from
  /// a process that runs. Blocks.
  ///
  /// - Throws: `SessionError`.
  package func checkState(as role: EnrollmentRole) throws(SessionError) -> EnrollmentRecord {
    let layout = StateLayout(path: stateDirectory)
    let record = try require(role, try layout.enrollment())
    do {
      try layout.identity.load().requireValid()
      if layout.hasInnerIdentity { try layout.trust.load().requireValid() }
    } catch {
      throw SessionError(.state, "\(error)")
    }
    // A worker without one runs jobs that have no checkout.
    if role == .agent, !layout.hasInnerIdentity {
      throw .noInnerIdentity(stateDirectory: stateDirectory)
    }
    return record
  }

  private func require(
    _ role: EnrollmentRole, _ record: EnrollmentRecord
  ) throws(SessionError) -> EnrollmentRecord {
    guard record.role == role else {
      throw SessionError(
        .state, "\(stateDirectory) is enrolled as \(record.spiffeID), not as a \(role.rawValue)")
    }
    guard trustDomain == nil || trustDomain == record.trustDomain else {
      throw SessionError(
        .state,
        "\(stateDirectory) is enrolled with trust domain \(record.trustDomain), "
          + "the configuration says \(trustDomain ?? "")")
    }
    return record
  }
}
