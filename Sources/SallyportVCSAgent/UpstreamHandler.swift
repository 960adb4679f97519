package import HTTPTypes
package import Logging
internal import NIOCore
package import SallyportCore
internal import SallyportGitProtocol
package import SallyportLedger
internal import SallyportMetrics
package import SallyportRelay
internal import SallyportSigning

/// Answers the requests of one relay: checks form, then grant and policy, then asks the upstream, of
/// which only what both allow gets through.
package struct UpstreamHandler: SealedHandler {
  private let relay: RelayID
  private let policy: any FetchPolicy
  private let upstreams: UpstreamTable
  private let slots: Slots
  private let grants: GrantDesk
  private let ledger: RelayLedger
  private let limits: FetchLimits
  private let shown = ShownTable()
  private let metrics: AgentMetrics
  private let logger: Logger

  /// - Parameter slots: Of the whole agent: each request to an upstream takes one, and is refused
  ///   where there is none.
  package init(
    relay: RelayID, policy: any FetchPolicy, upstreams: UpstreamTable, slots: Slots,
    grants: GrantRules = .none, limits: FetchLimits = FetchLimits(),
    ledger: any LedgerRecording,
    metrics: AgentMetrics = AgentMetrics(in: MetricsRegistry()), logger: Logger
  ) {
    self.relay = relay
    self.policy = policy
    self.upstreams = upstreams
    self.slots = slots
    self.grants = GrantDesk(grants)
    self.ledger = RelayLedger(relay, in: ledger, logger: logger)
    self.limits = limits
    self.metrics = metrics
    self.logger = logger
  }

  package func handle(
    _ request: HTTPRequest, body: SealedBody, from peer: PeerIdentity,
    response: any SealedResponder
  ) async throws {
    let metered = MeteredBody(body, limit: GitRequest.maximumBody)
    let responder = MeteredResponder(response)
    var record = RequestRecord(relay: relay, worker: peer.spiffeID, metrics: metrics)
    record.isGrant = request.path == GrantDesk.path
    let outcome: Result<Void, any Error>
    do {
      try await ledger.open(with: peer.spiffeID)
      try await serve(request, body: metered, response: responder, record: &record)
      outcome = .success(())
    } catch {
      outcome = await reject(error, responder, &record)
    }
    record.log(to: logger, body: metered, response: responder)
    await ledger.end(record, body: metered, response: responder)
    try outcome.get()
  }

  /// - Parameter reason: Why the relay ended before its time.
  func relayEnded(reason: String?) async { await ledger.close(reason: reason) }

  /// Tells the worker why its request is not served.
  ///
  /// - Returns: A failure where the stream has to be reset: what was sent so far must not look whole.
  private func reject(
    _ error: any Error, _ response: MeteredResponder, _ record: inout RequestRecord
  ) async -> Result<Void, any Error> {
    guard
      let rejection = Rejection(
        error, for: record.path?.resource, hasBegun: response.status != nil,
        isMultiplexed: record.isMultiplexed)
    else {
      record.outcome = .reset(error)
      return .failure(error)
    }
    record.outcome = .refused(error)
    do {
      if let head = rejection.head { try await response.start(head) }
      try await response.write(ByteBuffer(bytes: rejection.body))
      try await response.finish()
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func serve(
    _ request: HTTPRequest, body: MeteredBody, response: MeteredResponder,
    record: inout RequestRecord
  ) async throws {
    if record.isGrant {
      let began = ContinuousClock.now
      let job = try await grants.present(request, body: body)
      metrics.grant.observe(ContinuousClock.now - began)
      record.job = job?.statement.job
      try await ledger.accept(job, from: record.worker)
      try await response.start(
        HTTPResponse(status: .noContent, headerFields: [.cacheControl: "no-store"]))
      return try await response.finish()
    }
    let parsed = try GitRequest(request)
    record.path = parsed.path
    let name = parsed.path.repository
    let grant = try grants.grant(for: name)
    record.job = grant?.statement.job
    let access = try await access(to: name, from: record.worker, under: grant)
    record.access = access
    guard let upstream = upstreams.upstream(for: name) else { throw RequestRefusal(.noUpstream) }
    guard slots.take() else { throw RequestRefusal(.busy, "\(slots.capacity) requests are open") }
    defer { slots.giveBack() }
    let key = ShownTable.Key(
      repository: name, edition: access.edition, job: record.job,
      isComplete: !access.permission.allowsEveryObject)
    try await InspectedFetch(
      request: parsed, permission: access.permission, shown: shown.shown(for: key),
      limits: limits, upstream: upstream
    ).run(body: body, response: response, record: &record) { [ledger] record in
      try await ledger.admit(record)
    }
  }

  private func access(
    to repository: RepositoryName, from worker: SPIFFEID, under grant: SignedJob?
  ) async throws(RequestRefusal) -> FetchAccess {
    let access = try await policy.access(
      of: FetchCaller(worker: worker, job: grant), to: repository)
    guard let grant else { return access }
    // A grant without a checkout is for no repository; GrantDesk refuses it.
    guard let checkout = grant.statement.checkout else { throw RequestRefusal(.notAllowed) }
    return access.narrowed(to: checkout)
  }
}
