internal import Logging
internal import SallyportCore
internal import SallyportGitProtocol
internal import SallyportPolicy

/// What the log says of one request: one line, whatever became of it.
struct RequestRecord {
  enum Outcome {
    case served
    /// And told why, if by the last line of an answer that had begun.
    case refused(any Error)
    case reset(any Error)
  }

  let relay: RelayID
  let worker: SPIFFEID
  var path: RepositoryPath?
  /// Of the grant.
  var job: JobID?
  /// What grant and policy left; nil where they left nothing.
  var access: FetchAccess?
  /// Whether it shows a grant, and asks for nothing.
  var isGrant = false
  /// Number of the ledger's record that it is served.
  var admission: UInt64?
  /// Of the answer; nil where it has none.
  var refs: RefCount?
  /// What was asked for; nil where that was not looked at.
  var fetch: FetchRecord?
  /// Whether the answer is in bands.
  var isMultiplexed = false
  var outcome = Outcome.served

  private let metrics: AgentMetrics
  private let start = ContinuousClock.now

  /// The rules of the admission policy that decided, where any did.
  var rule: String? {
    if case .refused(let refusal as RequestRefusal) = outcome, let rule = refusal.rule {
      return rule
    }
    return fetch.flatMap { access?.rules(for: $0) }
  }

  /// Where an Open Policy Agent was asked.
  var reference: PolicyReference? {
    if case .refused(let refusal as RequestRefusal) = outcome, let reference = refusal.reference {
      return reference
    }
    return access?.reference
  }

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
    if let rule { metadata["rule"] = "\(rule)" }
    if let id = reference?.decisionID { metadata["opa-decision-id"] = "\(id)" }
    if let refs {
      metadata["refs-shown"] = "\(refs.shown)"
      metadata["refs-withheld"] = "\(refs.withheld)"
    }
    if let fetch { add(fetch, to: &metadata) }
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

  /// Wants that a line names; it has the number of all.
  private static let namedWants = 4

  private func add(_ fetch: FetchRecord, to metadata: inout Logger.Metadata) {
    metadata["asked"] = "\(fetch.kind.rawValue)"
    guard fetch.wantCount > 0 else { return }
    metadata["wants"] = "\(fetch.wantCount)"
    metadata["haves"] = "\(fetch.haveCount)"
    metadata["wanted"] =
      "\(fetch.wants.prefix(Self.namedWants).map(Self.text).joined(separator: " "))"
    if let depth = fetch.depth { metadata["depth"] = "\(depth)" }
    if let filter = fetch.filter { metadata["filter"] = "\(filter)" }
  }

  private static func text(_ want: FetchRecord.Want) -> String {
    want.ref.map { "\(want.id)=\($0.rawValue.prefix(200))" } ?? "\(want.id)"
  }
}
