internal import Logging
internal import SallyportCore
internal import SallyportGitProtocol
internal import SallyportLedger
internal import SallyportPolicy
internal import SallyportSigning
internal import Synchronization

/// What one relay leaves in the ledger: with whom, which grant, each request, how many bytes.
///
/// What cannot be recorded is refused with 503, so that a worker may ask again.
final class RelayLedger: Sendable {
  private struct State {
    var peer: SPIFFEID?
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
  }

  private let relay: RelayID
  private let ledger: any LedgerRecording
  private let logger: Logger
  private let state = Mutex(State())

  init(_ relay: RelayID, in ledger: any LedgerRecording, logger: Logger) {
    self.relay = relay
    self.ledger = ledger
    self.logger = logger
  }

  /// To call for each request; the first one says who is at the other end.
  ///
  /// - Throws: ``RequestRefusal/Reason/ledger``.
  func open(with peer: SPIFFEID) async throws(RequestRefusal) {
    let isFirst = state.withLock { state in
      defer { state.peer = peer }
      return state.peer == nil
    }
    guard isFirst else { return }
    do throws(RequestRefusal) {
      try await append(LedgerRelay(.opened, relay, peer: peer))
    } catch {
      state.withLock { $0.peer = nil }
      throw error
    }
  }

  /// - Parameter job: Nil where this agent does not look at grants.
  /// - Throws: ``RequestRefusal/Reason/ledger``.
  func accept(_ job: SignedJob?, from peer: SPIFFEID) async throws(RequestRefusal) {
    try await append(
      LedgerGrant(
        relay: relay, peer: peer, job: job?.statement.job, keyID: job?.signer.rawValue,
        decision: .allow(reason: job == nil ? "signed jobs are not looked at here" : nil)))
  }

  /// Records that a request is served, before it is.
  ///
  /// - Returns: The record's number.
  /// - Throws: ``RequestRefusal/Reason/ledger``.
  func admit(_ record: RequestRecord) async throws(RequestRefusal) -> UInt64 {
    try await append(
      record.entry(.admitted, decision: .allow(rule: record.rule, policyAgent: record.policyAgent)))
  }

  /// Records how a request has ended.
  func end(_ record: RequestRecord, body: MeteredBody, response: MeteredResponder) async {
    let (bytesIn, bytesOut) = (UInt64(clamping: body.bytes), response.bytes)
    state.withLock { state in
      state.bytesIn &+= bytesIn
      state.bytesOut &+= bytesOut
    }
    var entry: LedgerRequest
    switch record.outcome {
    case .refused(let refusal) where record.isGrant:
      return ledger.note(
        LedgerGrant(relay: relay, peer: record.worker, decision: .deny(reason: "\(refusal)")))
    case .refused(let refusal):
      entry = record.entry(
        .refused,
        decision: .deny(
          rule: record.rule, reason: "\(refusal)", policyAgent: record.policyAgent))
    case .served:
      entry = record.entry(
        .served, decision: .allow(rule: record.rule, policyAgent: record.policyAgent))
    case .reset(let error):
      entry = record.entry(
        .reset,
        decision: .allow(
          rule: record.rule, reason: "\(error)", policyAgent: record.policyAgent))
    }
    entry.status = response.status
    entry.bytesIn = bytesIn
    entry.bytesOut = bytesOut
    guard record.admission != nil else {
      if !record.isGrant { ledger.note(entry) }
      return
    }
    do throws(LedgerError) {
      try await ledger.append(entry)
    } catch {
      logger.error("end of a request not recorded", metadata: ["error": "\(error)"])
    }
  }

  /// - Parameter reason: Why it ended before its time.
  func close(reason: String?) async {
    let (peer, bytesIn, bytesOut) = state.withLock { ($0.peer, $0.bytesIn, $0.bytesOut) }
    guard let peer else {
      // Nothing was asked in it: whoever was there, if anybody, has got nothing.
      return ledger.note(LedgerRelay(reason == nil ? .closed : .refused, relay, reason: reason))
    }
    do throws(LedgerError) {
      try await ledger.append(
        LedgerRelay(
          .closed, relay, peer: peer, bytesIn: bytesIn, bytesOut: bytesOut, reason: reason))
    } catch {
      logger.error("end of a relay not recorded", metadata: ["error": "\(error)"])
    }
  }

  @discardableResult
  private func append(_ entry: some LedgerEntry) async throws(RequestRefusal) -> UInt64 {
    do throws(LedgerError) {
      return try await ledger.append(entry).sequence
    } catch {
      logger.error("request refused: it cannot be recorded", metadata: ["error": "\(error)"])
      throw RequestRefusal(.ledger, "\(error)")
    }
  }
}

extension RequestRecord {
  fileprivate var policyAgent: LedgerDecision.PolicyAgent? {
    reference.map { LedgerDecision.PolicyAgent(path: $0.path.rawValue, decisionID: $0.decisionID) }
  }

  func entry(_ event: LedgerRequest.Event, decision: LedgerDecision) -> LedgerRequest {
    var entry = LedgerRequest(
      event, relay: relay, peer: worker, decision: decision, admission: admission)
    entry.job = job
    entry.repository = path?.repository.rawValue
    entry.service = path?.resource.rawValue
    if let fetch {
      entry.wants = LedgerList(fetch.wants.map(\.id.description), of: fetch.wantCount)
      // Those by which the wanted objects were shown, each once.
      var names: [String] = []
      for name in fetch.wants.compactMap(\.ref?.rawValue) + fetch.wantedRefs.map(\.rawValue)
      where !names.contains(name) { names.append(name) }
      entry.refs = LedgerList(names)
    }
    return entry
  }
}
