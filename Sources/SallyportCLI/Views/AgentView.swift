import SallyportProtos

struct AgentView: ListView {
  let id: String
  let pool: String
  let displayName: String
  let state: String
  let version: String?
  let relays: UInt32
  let enrolledAt: String
  let connectedAt: String?
  let certificateExpiresAt: String?

  enum CodingKeys: String, CodingKey {
    case id, pool, state, version, relays
    case displayName = "display_name"
    case enrolledAt = "enrolled_at"
    case connectedAt = "connected_at"
    case certificateExpiresAt = "certificate_expires_at"
  }

  init(_ agent: Sallyport_Operator_V1_Agent) {
    id = agent.id
    pool = agent.pool
    displayName = agent.displayName
    state = agent.revoked ? "revoked" : agent.connected ? "online" : "offline"
    version = agent.version.isEmpty ? nil : agent.version
    relays = agent.relays
    enrolledAt = agent.enrolledAt.text
    connectedAt = agent.hasConnectedAt ? agent.connectedAt.text : nil
    certificateExpiresAt = agent.hasCertificateExpiresAt ? agent.certificateExpiresAt.text : nil
  }

  static let columns = ["id", "pool", "name", "state", "relays", "version", "certificate until"]
  var cells: [String] {
    [id, pool, displayName, state, "\(relays)", version ?? "", certificateExpiresAt ?? ""]
  }
}
