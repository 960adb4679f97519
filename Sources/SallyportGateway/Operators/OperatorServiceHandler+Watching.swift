import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore

extension OperatorServiceHandler {
  func watchJob(
    request: Sallyport_Operator_V1_WatchJobRequest,
    response: RPCWriter<Sallyport_Operator_V1_Job>, context: ServerContext
  ) async throws {
    try await asUnjudgedOperator(context) { watcher in
      guard let id = JobID(request.jobID) else {
        let standing = try await services.store.standing(of: watcher.identity)
        _ = try await services.authenticator.judge(watcher, by: standing, in: context)
        throw Self.noJob(request.jobID)
      }
      try await services.hub.withChanges(of: id, .ofJob) { changes in
        var last: JobRecord?
        var spec: [UInt8]?
        for await _ in changes {
          let settled = try await settled(id) {
            let look = try await services.store.watchedJob(
              id, of: watcher.tenant, by: watcher.identity, withSpec: spec == nil)
            _ = try await services.authenticator.judge(watcher, by: look.standing, in: context)
            guard let job = look.job else { throw Self.noJob(request.jobID) }
            spec = spec ?? look.spec
            return job
          }
          guard let settled else { continue }
          let job = settled.record
          guard job.withoutLogLength != last?.withoutLogLength else { continue }
          try await response.write(
            try .init(job, spec: spec ?? [], openRelays: settled.openRelays))
          if job.state.isFinal { return }
          last = job
        }
        throw Self.interrupted
      }
    }
  }

  func readLog(
    request: Sallyport_Operator_V1_ReadLogRequest,
    response: RPCWriter<Sallyport_Operator_V1_LogPart>, context: ServerContext
  ) async throws {
    try await asOperator(context, lookingAt: { try await look(for: request.jobID, by: $0) }) {
      caller, first in
      guard let first else { throw Self.noJob(request.jobID) }
      try await services.audit.record(
        services.audit.allowed(
          caller.caller, action: "log.read", object: first.id.rawValue,
          detail: "from byte \(request.offset)"))
      guard request.epoch <= first.epoch else {
        throw StoreError(code: .notFound, message: "there is no attempt \(request.epoch)")
      }
      try await services.hub.withChanges(of: first.id, .ofJobAndLog) { changes in
        var reader = LogReader(request: request, limit: services.limits.logReadSize)
        for await _ in changes {
          let isOver = try await reader.send(to: response) { epoch, offset, limit in
            let log = try await services.store.watchedLog(
              of: first.id, epoch: epoch, from: offset, limit: limit, of: caller.tenant,
              by: caller.caller.identity)
            return (try await watched(log.watched, first.id, caller, context), log)
          }
          if isOver { return }
        }
        throw Self.interrupted
      }
    }
  }

  /// - Returns: No job where there is none of this id, whatever form that has.
  private func look(
    for text: String, by watcher: UnjudgedOperator
  ) async throws -> (Standing, JobRecord?) {
    guard let id = JobID(text) else {
      return (try await services.store.standing(of: watcher.identity), nil)
    }
    let look = try await services.store.watchedJob(
      id, of: watcher.tenant, by: watcher.identity, withSpec: false)
    return (look.standing, look.job)
  }

  /// The job of a look at the store, for a watcher who still may have it.
  private func watched(
    _ watched: WatchedJob, _ id: JobID, _ caller: OperatorCaller, _ context: ServerContext
  ) async throws -> JobRecord {
    try await services.authenticator.require(watched.standing, of: caller.caller, in: context)
    guard let job = watched.job else { throw Self.noJob(id.rawValue) }
    return job
  }

  private static func noJob(_ id: String) -> StoreError {
    StoreError(code: .notFound, message: "there is no job \(id.prefix(64))")
  }

  static var interrupted: RPCError {
    RPCError(code: .unavailable, message: "the gateway ends this connection; ask again")
  }
}

extension JobRecord {
  fileprivate var withoutLogLength: JobRecord {
    var job = self
    job.logLength = 0
    job.leaseExpiresAt = nil
    return job
  }
}
