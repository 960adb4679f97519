import SallyportProtos

struct RelayView: ListView {
  let id: String
  let jobID: String
  let epoch: UInt64
  let workerID: String
  let agentID: String
  let vcsPool: String
  let openedAt: String
  let bytesToWorker: UInt64
  let bytesToAgent: UInt64

  enum CodingKeys: String, CodingKey {
    case id, epoch
    case jobID = "job_id"
    case workerID = "worker_id"
    case agentID = "agent_id"
    case vcsPool = "vcs_pool"
    case openedAt = "opened_at"
    case bytesToWorker = "bytes_to_worker"
    case bytesToAgent = "bytes_to_agent"
  }

  init(_ relay: Sallyport_Operator_V1_Relay) {
    id = relay.id
    jobID = relay.jobID
    epoch = relay.epoch
    workerID = relay.workerID
    agentID = relay.agentID
    vcsPool = relay.vcsPool
    openedAt = relay.openedAt.text
    bytesToWorker = relay.bytesToWorker
    bytesToAgent = relay.bytesToAgent
  }

  static let columns = ["id", "job", "vcs pool", "to worker", "to agent", "opened"]
  var cells: [String] {
    [id, "\(jobID)/\(epoch)", vcsPool, "\(bytesToWorker)", "\(bytesToAgent)", openedAt]
  }
}
