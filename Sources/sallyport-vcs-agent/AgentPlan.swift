import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportHealth
import SallyportIdentity
import SallyportPolicy
import SallyportPolicyAgent
import SallyportSession
import SallyportSigning
import SallyportVCSAgent

/// What a configuration says, with every file that it names read: all that can be wrong before the
/// first connection.
struct AgentPlan: Sendable {
  let health: HealthAddress
  let upstreams: [UpstreamPlan]
  let policy: PolicySource
  let policyAgent: PolicyAgentSettings?
  let signingKeys: SigningKeyFiles?
  let requiresGrant: Bool

  /// - Throws: `ConfigError`.
  init(_ values: ConfigValues) throws {
    health = try HealthAddress(values, AgentSettings.health)
    upstreams = try UpstreamPlan.all(values)
    policy = try AgentSettings.policy(values)
    policyAgent = try PolicyAgentSettings(values)
    signingKeys = try SigningKeySettings.files(values, requiredBy: AgentSettings.requireGrant)
    requiresGrant = values[AgentSettings.requireGrant]
  }

  /// What decides about every request.
  ///
  /// - Parameter query: Asked about what the policy allows; nil: nobody.
  func fetchPolicy(asking query: (any PolicyQuery)?) -> any FetchPolicy {
    let file = AdmissionFetchPolicy(policy)
    return query.map { QueriedFetchPolicy(file, $0) } ?? file
  }

  /// What workers have to show, for the VCS agent that is enrolled so.
  func grants(_ record: EnrollmentRecord) throws -> GrantRules {
    guard case .agent(let tenant, let pool, _)? = GatewayIdentity(record.spiffeID) else {
      throw ErrorReport(
        "enrolled as \(record.spiffeID), which is no VCS agent: enroll again",
        exitCode: ExitCode.configuration)
    }
    return GrantRules(
      audience: Audience(
        tenant: tenant, externalID: record.externalID.rawValue, pool: .vcs(pool)),
      keys: signingKeys, isRequired: requiresGrant)
  }
}
