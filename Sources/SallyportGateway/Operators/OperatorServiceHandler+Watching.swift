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
    try await asOperator(context) { caller in
      let id: JobID = try id(request.jobID, "job")
      try await services.hub.withChanges(of: id) { changes in
        var last: JobRecord?
        for await _ in changes {
          _ = try await services.authenticator.operatorNamed(context)
          guard let settled = try await settledJob(request.jobID, of: caller) else { continue }
          let job = settled.record
          // Growing logs are changes too; their watchers read the log.
          guard job.withoutLogLength != last?.withoutLogLength else { continue }
          try await response.write(try await shown(job, openRelays: settled.openRelays))
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
    try await asOperator(context) { caller in
      let first = try await job(request.jobID, of: caller)
      try await services.audit.record(
        services.audit.allowed(
          caller.caller, action: "log.read", object: first.id.rawValue,
          detail: "from byte \(request.offset)"))
      guard request.epoch <= first.epoch else {
        throw StoreError(code: .notFound, message: "there is no attempt \(request.epoch)")
      }
      try await services.hub.withChanges(of: first.id) { changes in
        var reader = LogReader(request: request, tenant: caller.tenant, services: services)
        for await _ in changes {
          _ = try await services.authenticator.operatorNamed(context)
          let job = try await job(request.jobID, of: caller)
          if try await reader.send(job, to: response) { return }
        }
        throw Self.interrupted
      }
    }
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
