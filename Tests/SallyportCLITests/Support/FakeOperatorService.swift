import GRPCCore
import SallyportProtos
import SwiftProtobuf

/// Answers from a ``FakeGateway``'s state.
struct FakeOperatorService: Sallyport_Operator_V1_OperatorService.SimpleServiceProtocol {
  let gateway: FakeGateway

  init(_ gateway: FakeGateway) { self.gateway = gateway }

  private func check() throws {
    if let failure = gateway.update({ $0.failure }) { throw failure }
  }

  private func acknowledge(_ text: String) throws {
    try check()
    gateway.update { $0.acknowledged.append(text) }
  }

  func createPool(
    request: Sallyport_Operator_V1_CreatePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    try check()
    return .with {
      $0.name = request.name
      $0.kind = request.kind
      $0.sealed = request.sealed
      $0.createdAt.seconds = 1_752_829_503
    }
  }

  func listPools(
    request: Sallyport_Operator_V1_ListPoolsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListPoolsResponse {
    try check()
    return .with { $0.pools = gateway.update { $0.pools } }
  }

  func createToken(
    request: Sallyport_Operator_V1_CreateTokenRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_CreateTokenResponse {
    try check()
    return .with {
      $0.tokenID = "t1"
      $0.token = "the-token-itself"
      $0.expiresAt.seconds = 1_752_829_503
    }
  }

  func listTokens(
    request: Sallyport_Operator_V1_ListTokensRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListTokensResponse {
    try check()
    return .with {
      $0.tokens = [
        .with {
          $0.id = "t1"
          $0.pool = request.pool
          $0.usesLeft = 1
        }
      ]
    }
  }

  func revokeToken(
    request: Sallyport_Operator_V1_RevokeTokenRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RevokeTokenResponse {
    try acknowledge("token \(request.tokenID)")
    return Sallyport_Operator_V1_RevokeTokenResponse()
  }

  func submitJob(
    request: Sallyport_Operator_V1_SubmitJobRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Job {
    try check()
    return gateway.update { state in
      state.submitted.append(request)
      return .with {
        $0 = state.job
        $0.spec = request.spec
        $0.state = .queued
      }
    }
  }

  func getJob(
    request: Sallyport_Operator_V1_GetJobRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Job {
    try check()
    return gateway.update { $0.job }
  }

  func listJobs(
    request: Sallyport_Operator_V1_ListJobsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListJobsResponse {
    try check()
    return gateway.update { state in
      state.listRequests.append(request)
      let start = Int(request.pageToken) ?? 0
      let end = min(start + Int(request.pageSize), state.jobs.count)
      return .with {
        $0.jobs = Array(state.jobs[start..<end])
        $0.nextPageToken = end < state.jobs.count ? "\(end)" : ""
      }
    }
  }

  func cancelJob(
    request: Sallyport_Operator_V1_CancelJobRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Job {
    try acknowledge("cancel \(request.jobID): \(request.reason)")
    return gateway.update { $0.job }
  }

  func watchJob(
    request: Sallyport_Operator_V1_WatchJobRequest,
    response: RPCWriter<Sallyport_Operator_V1_Job>, context: ServerContext
  ) async throws {
    throw RPCError(code: .unimplemented, message: "not part of these tests")
  }

  func readLog(
    request: Sallyport_Operator_V1_ReadLogRequest,
    response: RPCWriter<Sallyport_Operator_V1_LogPart>, context: ServerContext
  ) async throws {
    try check()
    let read = gateway.update { state in
      state.readRequests.append(request)
      if !state.wholeLog.isEmpty {
        let isFirst = state.readRequests.count == 1
        let end = isFirst ? state.firstReadEnds : state.wholeLog.count
        let offset = Int(request.offset)
        return FakeGateway.Read(
          parts: [part(state.wholeLog[offset..<end], at: offset, isFirst ? .open : .complete)],
          end: isFirst ? .hangs : .finished)
      }
      let index = min(state.readRequests.count, state.reads.count) - 1
      return index < 0 ? FakeGateway.Read() : state.reads[index]
    }
    gateway.update { $0.refusedConnections = read.refusals }
    for part in read.parts { try await response.write(part) }
    switch read.end {
    case .finished: return
    case .fails(let code, let message): throw RPCError(code: code, message: message)
    case .hangs: try await Task.sleep(for: .seconds(3_600))
    }
  }

  func listWorkers(
    request: Sallyport_Operator_V1_ListWorkersRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListWorkersResponse {
    try check()
    return .with {
      $0.workers = [
        .with {
          $0.id = "w1"
          $0.pool = "builders"
          $0.displayName = "host\u{1b}]0;owned\u{7}"
          $0.connected = true
          $0.capacity = 2
          $0.running = 1
        }
      ]
    }
  }

  func drainWorker(
    request: Sallyport_Operator_V1_DrainWorkerRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_DrainWorkerResponse {
    try acknowledge("drain \(request.workerID)")
    return Sallyport_Operator_V1_DrainWorkerResponse()
  }

  func revokeWorker(
    request: Sallyport_Operator_V1_RevokeWorkerRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RevokeWorkerResponse {
    try acknowledge("revoke worker \(request.workerID): \(request.reason)")
    return Sallyport_Operator_V1_RevokeWorkerResponse()
  }

  func listAgents(
    request: Sallyport_Operator_V1_ListAgentsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListAgentsResponse {
    try check()
    return .with { $0.agents = [.with { $0.id = "a1" }] }
  }

  func revokeAgent(
    request: Sallyport_Operator_V1_RevokeAgentRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RevokeAgentResponse {
    try acknowledge("revoke agent \(request.agentID)")
    return Sallyport_Operator_V1_RevokeAgentResponse()
  }

  func listRelays(
    request: Sallyport_Operator_V1_ListRelaysRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListRelaysResponse {
    try check()
    return .with { $0.relays = [.with { $0.id = "r1" }] }
  }

  func listAuditRecords(
    request: Sallyport_Operator_V1_ListAuditRecordsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListAuditRecordsResponse {
    try check()
    return gateway.update { state in
      state.auditRequests.append(request)
      let first = Int(request.afterSequence) + 1
      let last = min(state.auditLength, Int(request.afterSequence) + Int(request.pageSize))
      return .with { response in
        response.records =
          first > last
          ? []
          : (first...last).map { number in
            .with { $0.sequence = UInt64(number) }
          }
      }
    }
  }

  func updatePool(
    request: Sallyport_Operator_V1_UpdatePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool { .with { $0.name = request.name } }

  func pausePool(
    request: Sallyport_Operator_V1_PausePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool { .with { $0.name = request.name } }

  func resumePool(
    request: Sallyport_Operator_V1_ResumePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool { .with { $0.name = request.name } }

  func revokePool(
    request: Sallyport_Operator_V1_RevokePoolRequest,
    response: RPCWriter<Sallyport_Operator_V1_PoolRevocation>, context: ServerContext
  ) async throws {
    let events = gateway.update { state in
      state.revoked.append(request)
      return state.revocations
    }
    for event in events { try await response.write(event) }
    try check()
  }

  func cyclePool(
    request: Sallyport_Operator_V1_CyclePoolRequest,
    response: RPCWriter<Sallyport_Operator_V1_CycleEvent>, context: ServerContext
  ) async throws {}
}
