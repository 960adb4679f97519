package import HTTPTypes
package import Logging
internal import NIOCore
package import SallyportCore
package import SallyportLedger
internal import SallyportMetrics
package import SallyportRelay
internal import SallyportSigning

/// Answers the requests of one relay: checks form, then grant and repository, then asks the upstream.
package struct UpstreamHandler: SealedHandler {
  private let relay: RelayID
  private let allowlist: RepositoryAllowlist
  private let upstreams: UpstreamTable
  private let slots: Slots
  private let grants: GrantDesk
  private let ledger: RelayLedger
  private let metrics: AgentMetrics
  private let logger: Logger

  /// - Parameter slots: Of the whole agent: each request to an upstream takes one, and is refused
  ///   where there is none.
  package init(
    relay: RelayID, allowlist: RepositoryAllowlist, upstreams: UpstreamTable, slots: Slots,
    grants: GrantRules = .none, ledger: any LedgerRecording,
    metrics: AgentMetrics = AgentMetrics(in: MetricsRegistry()), logger: Logger
  ) {
    self.relay = relay
    self.allowlist = allowlist
    self.upstreams = upstreams
    self.slots = slots
    self.grants = GrantDesk(grants)
    self.ledger = RelayLedger(relay, in: ledger, logger: logger)
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
    do {
      try await ledger.open(with: peer.spiffeID)
      try await serve(request, body: metered, response: responder, record: &record)
      try await responder.finish()
    } catch let refusal as RequestRefusal where responder.status == nil {
      record.outcome = .refused(refusal)
      do {
        try await refuse(refusal, responder)
      } catch {
        await end(record, body: metered, response: responder)
        throw error
      }
    } catch {
      // Thrown on, so that the stream is reset: what was sent so far must not look whole.
      record.outcome = .reset(error)
      await end(record, body: metered, response: responder)
      throw error
    }
    await end(record, body: metered, response: responder)
  }

  /// - Parameter reason: Why the relay ended before its time.
  func relayEnded(reason: String?) async { await ledger.close(reason: reason) }

  private func end(
    _ record: RequestRecord, body: MeteredBody, response: MeteredResponder
  ) async {
    record.log(to: logger, body: body, response: response)
    await ledger.end(record, body: body, response: response)
  }

  private func serve(
    _ request: HTTPRequest, body: MeteredBody, response: MeteredResponder,
    record: inout RequestRecord
  ) async throws {
    if record.isGrant {
      let job = try await grants.present(request, body: body)
      record.job = job?.statement.job
      try await ledger.accept(job, from: record.worker)
      return try await response.start(
        HTTPResponse(status: .noContent, headerFields: [.cacheControl: "no-store"]))
    }
    let parsed = try GitRequest(request)
    record.path = parsed.path
    let name = parsed.path.repository
    record.job = try grants.grant(for: name)?.statement.job
    guard allowlist.allows(name) else { throw RequestRefusal(.notAllowed) }
    guard let upstream = upstreams.upstream(for: name) else { throw RequestRefusal(.noUpstream) }
    guard slots.take() else { throw RequestRefusal(.busy, "\(slots.capacity) requests are open") }
    defer { slots.giveBack() }
    record.admission = try await ledger.admit(record)
    try await upstream.serve(parsed, body: body, response: response)
  }

  private func refuse(_ refusal: RequestRefusal, _ response: MeteredResponder) async throws {
    try await response.start(
      HTTPResponse(
        status: HTTPResponse.Status(code: refusal.status),
        headerFields: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]))
    try await response.write(ByteBuffer(string: refusal.message + "\n"))
    try await response.finish()
  }
}
