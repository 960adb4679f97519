internal import Logging
internal import SallyportCore

/// What the log says of one request: one line, whatever became of it.
struct RequestRecord {
  enum Outcome {
    case served
    case refused(RequestRefusal)
    case reset(any Error)
  }

  let relay: RelayID
  let worker: SPIFFEID
  var path: RepositoryPath?
  /// Of the grant.
  var job: JobID?
  /// Whether it shows a grant, and asks for nothing.
  var isGrant = false
  /// Number of the ledger's record that it is served.
  var admission: UInt64?
  var outcome = Outcome.served

  private let metrics: AgentMetrics
  private let start = ContinuousClock.now

  var age: Duration { ContinuousClock.now - start }

  init(relay: RelayID, worker: SPIFFEID, metrics: AgentMetrics) {
    self.metrics = metrics
    self.relay = relay
    self.worker = worker
  }

  func log(to logger: Logger, body: MeteredBody, response: MeteredResponder) {
    metrics.ended(self, bytesIn: body.bytes, bytesOut: response.bytes)
    let milliseconds = age / .milliseconds(1)
    var metadata: Logger.Metadata = [
      "relay": "\(relay)", "worker": "\(worker)",
      // A path that was not accepted is the worker's text: the log goes without it.
      "repository": "\(path?.repository.rawValue ?? "-")",
      "service": "\(path?.resource.rawValue ?? "-")",
      "status": "\(response.status.map(String.init) ?? "-")",
      "bytes-in": "\(body.bytes)", "bytes-out": "\(response.bytes)",
      "milliseconds": "\(Int(milliseconds))",
    ]
    if let job { metadata["job"] = "\(job)" }
    switch outcome {
    case .served:
      metadata["decision"] = "allowed"
      logger.info("request", metadata: metadata)
    case .refused(let refusal):
      metadata["decision"] = "refused"
      metadata["reason"] = "\(refusal)"
      logger.notice("request", metadata: metadata)
    case .reset(let error):
      metadata["decision"] = "reset"
      metadata["reason"] = "\(error)"
      logger.warning("request", metadata: metadata)
    }
  }
}
