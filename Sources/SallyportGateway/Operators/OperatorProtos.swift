import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStore
import SwiftProtobuf

extension PoolKind {
  /// Nil for unspecified.
  init?(_ kind: Sallyport_Operator_V1_PoolKind) throws {
    switch kind {
    case .unspecified: return nil
    case .worker: self = .worker
    case .vcs: self = .vcs
    case .UNRECOGNIZED: throw RequestError("unknown kind of pool")
    }
  }
}

extension Sallyport_Operator_V1_Pool {
  init(_ pool: Pool) {
    self.init()
    name = pool.name.rawValue
    kind =
      switch pool.kind {
      case .worker: .worker
      case .vcs: .vcs
      }
    createdAt = .init(pool.createdAt)
    sealed = pool.sealed
    setLoad(of: pool)
    if let time = pool.revokedAt { revokedAt = .init(time) }
    if let time = pool.purgeBeganAt { purgeBeganAt = .init(time) }
    if let time = pool.purgedAt { purgedAt = .init(time) }
  }
}

extension Sallyport_Operator_V1_Token {
  init(_ token: EnrollmentTokenRecord) {
    self.init()
    id = token.id.rawValue
    pool = token.pool.rawValue
    createdAt = .init(token.createdAt)
    expiresAt = .init(token.expiresAt)
    usesLeft = token.usesLeft
    revoked = token.revokedAt != nil
  }
}

extension JobState {
  init(_ state: Sallyport_Operator_V1_JobState) throws {
    switch state {
    case .queued: self = .queued
    case .offered: self = .offered
    case .running: self = .running
    case .succeeded: self = .succeeded
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .timedOut: self = .timedOut
    case .lost: self = .lost
    case .unspecified, .UNRECOGNIZED: throw RequestError("unknown job state")
    }
  }
}

extension Sallyport_Operator_V1_JobState {
  init(_ state: JobState) {
    switch state {
    case .queued: self = .queued
    case .offered: self = .offered
    case .running: self = .running
    case .succeeded: self = .succeeded
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .timedOut: self = .timedOut
    case .lost: self = .lost
    }
  }
}

extension Sallyport_Operator_V1_LogState {
  init(_ state: LogState) {
    switch state {
    case .open: self = .open
    case .complete: self = .complete
    case .incomplete: self = .incomplete
    }
  }
}

extension Sallyport_Operator_V1_Job {
  /// - Throws: Where the stored job cannot be decoded.
  init(_ job: JobRecord, spec encodedSpec: [UInt8], openRelays: RelayTraffic) throws {
    self.init()
    id = job.id.rawValue
    pool = job.pool.rawValue
    state = .init(job.state)
    epoch = job.epoch
    spec = try JobSpec(serializedBytes: encodedSpec)
    workerID = job.worker?.rawValue ?? ""
    submittedAt = .init(job.submittedAt)
    if let time = job.startedAt { startedAt = .init(time) }
    if let time = job.finishedAt { finishedAt = .init(time) }
    if let code = job.exitCode { exitCode = code }
    if let number = job.signal { signal = number }
    reason = job.reason
    commit = job.commit
    cancelRequested = job.cancelRequested
    if let asked = Sallyport_Operator_V1_Cancellation(job) { cancellation = asked }
    logState = .init(job.shownLogState)
    logLength = job.logLength
    logIncompleteReason = job.logIncompleteReason
    relayBytesToWorker = job.relayBytesToWorker + openRelays.toWorker
    relayBytesToAgent = job.relayBytesToAgent + openRelays.toAgent
    submittedBy = job.submittedBy
    setScheduling(of: job)
  }
}

extension JobRecord {
  /// A job that ended before any attempt has an empty log, and all of it.
  var shownLogState: LogState {
    state.isFinal && logState == .open ? .complete : logState
  }
}

extension Sallyport_Operator_V1_AuditRecord {
  init(_ record: AuditRecord) {
    self.init()
    sequence = record.sequence
    time = .init(record.entry.time)
    actor = record.entry.actor
    action = record.entry.action
    object = record.entry.object
    decision = record.entry.decision.rawValue
    detail = record.entry.detail
  }
}

extension Sallyport_Operator_V1_Relay {
  init(_ entry: RelayTable.Entry) {
    self.init()
    let relay = entry.relay
    id = relay.id.rawValue
    jobID = relay.attempt.job.rawValue
    epoch = relay.attempt.epoch
    workerID = relay.worker.id.rawValue
    agentID = entry.agent?.agent.rawValue ?? ""
    vcsPool = relay.vcsPool.rawValue
    openedAt = .init(relay.openedAt)
    bytesToWorker = relay.meter.bytesToWorker
    bytesToAgent = relay.meter.bytesToAgent
  }
}
