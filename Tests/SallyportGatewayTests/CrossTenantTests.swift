import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct CrossTenantTests {
  /// Ids of one tenant's objects.
  private struct Ids {
    var job: String
    var worker: String
    var agent: String
    var token: String
    var pool: String
    var context: String
  }

  /// Every method of the operator service that takes an id. A new method has to be added here.
  private typealias Method = @Sendable (OperatorClient, Ids) async throws -> Void

  private static let all: [String: Method] = [
    "GetJob": { client, ids in _ = try await client.getJob(.with { $0.jobID = ids.job }) },
    "CancelJob": { client, ids in _ = try await client.cancelJob(.with { $0.jobID = ids.job }) },
    "WatchJob": { client, ids in
      try await client.watchJob(.with { $0.jobID = ids.job }) { response in
        for try await _ in response.messages {}
      }
    },
    "ReadLog": { client, ids in
      try await client.readLog(.with { $0.jobID = ids.job }) { response in
        for try await _ in response.messages {}
      }
    },
    "RevokeToken": { client, ids in
      _ = try await client.revokeToken(.with { $0.tokenID = ids.token })
    },
    "DrainWorker": { client, ids in
      _ = try await client.drainWorker(.with { $0.workerID = ids.worker })
    },
    "RevokeWorker": { client, ids in
      _ = try await client.revokeWorker(.with { $0.workerID = ids.worker })
    },
    "RevokeAgent": { client, ids in
      _ = try await client.revokeAgent(.with { $0.agentID = ids.agent })
    },
    "UpdatePool": { client, ids in
      _ = try await client.updatePool(
        .with {
          $0.name = ids.pool
          $0.maximumRunning = 1
        })
    },
    "PausePool": { client, ids in
      _ = try await client.pausePool(
        .with {
          $0.name = ids.pool
          $0.reason = "theirs"
        })
    },
    "ResumePool": { client, ids in
      _ = try await client.resumePool(.with { $0.name = ids.pool })
    },
    "RevokePool": { client, ids in
      try await client.revokePool(
        .with {
          $0.name = ids.pool
          $0.purge = true
          $0.confirm = ids.pool
        }
      ) { response in for try await _ in response.messages {} }
    },
    "PublishPoolKey": { client, ids in
      _ = try await client.publishPoolKey(
        .with {
          $0.pool = ids.pool
          $0.keyID = String(repeating: "0", count: 64)
          $0.certificate = Data([1])
        })
    },
    "ListPoolKeys": { client, ids in
      _ = try await client.listPoolKeys(.with { $0.pool = ids.pool })
    },
    "RemoveContext": { client, ids in
      _ = try await client.removeContext(.with { $0.name = ids.context })
    },
    "AttachContext": { client, ids in
      _ = try await client.attachContext(
        .with {
          $0.context = ids.context
          $0.pool = TestGateway.pool
        })
    },
    "DetachContext": { client, ids in
      _ = try await client.detachContext(
        .with {
          $0.context = ids.context
          $0.pool = TestGateway.pool
        })
    },
    "SetSecret": { client, ids in
      _ = try await client.setSecret(
        .with {
          $0.context = ids.context
          $0.pool = TestGateway.pool
          $0.name = "KEY"
          $0.version = 2
          $0.sealed = Data([1] + [UInt8](repeating: 0, count: 100))
        })
    },
    "ListSecrets": { client, ids in
      _ = try await client.listSecrets(.with { $0.context = ids.context })
    },
    "RemoveSecret": { client, ids in
      _ = try await client.removeSecret(
        .with {
          $0.context = ids.context
          $0.pool = TestGateway.pool
          $0.name = "KEY"
        })
    },
    "SetVariable": { client, ids in
      _ = try await client.setVariable(
        .with {
          $0.context = ids.context
          $0.name = "A"
        })
    },
    "ListVariables": { client, ids in
      _ = try await client.listVariables(.with { $0.context = ids.context })
    },
    "RemoveVariable": { client, ids in
      _ = try await client.removeVariable(
        .with {
          $0.context = ids.context
          $0.name = "A"
        })
    },
  ]

  /// Methods that take no id: their answers hold the caller's objects only.
  private static let lists = [
    "CreatePool", "ListPools", "CreateToken", "ListTokens", "SubmitJob", "ListJobs",
    "CyclePool", "ListWorkers", "ListAgents", "ListRelays", "ListAuditRecords", "CreateContext",
    "ListContexts",
  ]

  private func objects(of tenant: TenantName, _ gateway: TestGateway) async throws -> Ids {
    let worker = try await gateway.enrolledWorker(tenant).workerID.rawValue
    let agent = try await gateway.enrolledAgent(tenant).agentID.rawValue
    let token = try await gateway.asOperator(of: tenant) { client in
      try await client.createToken(.with { $0.pool = TestGateway.pool }).tokenID
    }
    let job = try await gateway.submit(tenant).rawValue
    let pool = "pool-of-\(tenant)"
    _ = try await gateway.asOperator(of: tenant) { client in
      _ = try await client.createPool(
        .with {
          $0.name = pool
          $0.kind = .worker
        })
      _ = try await client.createContext(.with { $0.name = "context-of-\(tenant)" })
      _ = try await client.setSecret(
        .with {
          $0.context = "context-of-\(tenant)"
          $0.pool = TestGateway.pool
          $0.name = "KEY"
          $0.version = 1
          $0.sealed = Data([1] + [UInt8](repeating: 0, count: 100))
        })
      _ = try await client.setVariable(
        .with {
          $0.context = "context-of-\(tenant)"
          $0.name = "A"
          $0.value = "of \(tenant)"
        })
    }
    return Ids(
      job: job, worker: worker, agent: agent, token: token, pool: pool,
      context: "context-of-\(tenant)")
  }

  @Test("every method of the service is in this matrix")
  func matrixIsWhole() {
    let methods = Sallyport_Operator_V1_OperatorService.Method.descriptors.map(\.method)
    #expect(Set(methods) == Set(Self.all.keys).union(Self.lists))
  }

  @Test("another tenant's object is answered exactly like one that does not exist")
  func ids() async throws {
    try await TestGateway.with { gateway in
      let foreign = try await objects(of: gateway.globex, gateway)
      let missing = Ids(
        job: JobID.random().rawValue, worker: JobID.random().rawValue,
        agent: JobID.random().rawValue, token: JobID.random().rawValue,
        pool: "nowhere", context: "nothing")
      func answer(_ method: Method, _ ids: Ids) async -> String {
        let error = await #expect(throws: RPCError.self) {
          try await gateway.asOperator { try await method($0, ids) }
        }
        var text = "\(error?.code as Any) \(error?.message as Any) \(error?.metadata as Any)"
        for id in [ids.job, ids.worker, ids.agent, ids.token, ids.pool, ids.context] {
          text = text.split(separator: id, omittingEmptySubsequences: false).joined(separator: "ID")
        }
        return text
      }
      for (name, method) in Self.all {
        let theirs = await answer(method, foreign)
        #expect(theirs == (await answer(method, missing)), "\(name)")
        #expect(theirs.contains("notFound"), "\(name): \(theirs)")
      }
      // Nothing of the other tenant has changed.
      let job = try await gateway.job(JobID(unchecked: foreign.job), gateway.globex)
      #expect(job.state == .queued && !job.cancelRequested)
      let workers = try await gateway.asOperator(of: gateway.globex) {
        try await $0.listWorkers(.init()).workers
      }
      #expect(workers.allSatisfy { !$0.revoked && !$0.draining })
    }
  }

  @Test("lists show the caller's objects only, also for a pool of the same name")
  func lists() async throws {
    try await TestGateway.with { gateway in
      let foreign = try await objects(of: gateway.globex, gateway)
      let canaries = [foreign.job, foreign.worker, foreign.agent, foreign.token, "globex"]
      let answers = try await gateway.asOperator { client in
        [
          try await client.listPools(.init()).textFormatString(),
          try await client.listTokens(.with { $0.pool = TestGateway.pool }).textFormatString(),
          try await client.listJobs(.with { $0.pool = TestGateway.pool }).textFormatString(),
          try await client.listWorkers(.init()).textFormatString(),
          try await client.listAgents(.init()).textFormatString(),
          try await client.listRelays(.init()).textFormatString(),
          try await client.listContexts(.init()).textFormatString(),
          try await client.listAuditRecords(.init()).textFormatString(),
          try await client.listJobs(.with { $0.pageToken = foreign.job }).textFormatString(),
        ]
      }
      for answer in answers {
        for canary in canaries { #expect(!answer.contains(canary), "\(canary) in \(answer)") }
      }
    }
  }

  @Test("a job cannot name another tenant's pools")
  func pools() async throws {
    try await TestGateway.with { gateway in
      _ = try await gateway.asOperator(of: gateway.globex) { client in
        try await client.createPool(
          .with {
            $0.name = "theirs"
            $0.kind = .worker
          })
      }
      for pool in ["theirs", "nowhere", TestGateway.vcsPool] {
        let error = await #expect(throws: RPCError.self) {
          try await gateway.asOperator { client in
            try await client.submitJob(
              .with {
                $0.pool = pool
                $0.spec.command = ["true"]
              })
          }
        }
        #expect(error?.code == .notFound)
        #expect(error?.message == "there is no worker pool \(pool)")
      }
    }
  }
}
