import SallyportProtos

struct WorkerView: ListView {
  let id: String
  let pool: String
  let displayName: String
  let state: String
  let version: String?
  let capacity: UInt32
  let running: UInt32
  let labels: [String: String]
  let enrolledAt: String
  let connectedAt: String?
  let certificateExpiresAt: String?

  enum CodingKeys: String, CodingKey {
    case id, pool, state, version, capacity, running, labels
    case displayName = "display_name"
    case enrolledAt = "enrolled_at"
    case connectedAt = "connected_at"
    case certificateExpiresAt = "certificate_expires_at"
  }

  init(_ worker: Sallyport_Operator_V1_Worker) {
    id = worker.id
    pool = worker.pool
    displayName = worker.displayName
    state =
      worker.revoked
      ? "revoked" : !worker.connected ? "offline" : worker.draining ? "draining" : "online"
    version = worker.version.isEmpty ? nil : worker.version
    capacity = worker.capacity
    running = worker.running
    labels = worker.labels
    enrolledAt = worker.enrolledAt.text
    connectedAt = worker.hasConnectedAt ? worker.connectedAt.text : nil
    certificateExpiresAt =
      worker.hasCertificateExpiresAt ? worker.certificateExpiresAt.text : nil
  }

  static let columns = ["id", "pool", "name", "state", "jobs", "version", "certificate until"]
  var cells: [String] {
    [
      id, pool, displayName, state, "\(running)/\(capacity)", version ?? "",
      certificateExpiresAt ?? "",
    ]
  }
}
