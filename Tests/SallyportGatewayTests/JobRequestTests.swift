import GRPCCore
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct JobRequestTests {
  @Test("jobs that cannot run are refused before they are queued")
  func badJobs() async throws {
    let checkout = Sallyport_Worker_V1_Checkout.with {
      $0.vcsPool = TestGateway.vcsPool
      $0.repository = "a.git"
      $0.ref = "main"
    }
    let secret = { @Sendable (name: String, variable: String) in
      Sallyport_Worker_V1_JobSecret.with {
        $0.name = name
        $0.environment = variable
      }
    }
    let changes: [@Sendable (inout JobSpec) -> Void] = [
      { $0.command = [] }, { $0.command = [""] }, { $0.command = ["a\0b"] },
      { $0.environment = ["": "x"] }, { $0.environment = ["A=B": "x"] },
      { $0.environment = ["A": "\0"] },
      { $0.command = Array(repeating: "x", count: 5_000) },
      { $0.command = [String(repeating: "x", count: 300_000)] },
      { $0.checkout.ref = "" }, { $0.checkout.ref = "--upload-pack=x" },
      { $0.checkout.repository = "" }, { $0.checkout.vcsPool = "No Pool" },
      { $0.checkout.commit = "HEAD" }, { $0.checkout.commit = String(repeating: "A", count: 40) },
      { $0.timeout = .with { $0.seconds = -1 } }, { $0.timeout = .with { $0.seconds = .max } },
      { $0.timeout = .with { $0.nanos = -5 } },
      { $0.image = "debian" }, { $0.secrets = [.with { $0.name = "x" }] },
      { $0.secrets = [secret("x", "A"), secret("x", "B")] },
      { $0.secrets = [secret("x", "A"), secret("y", "A")] },
      { $0.secrets = [secret("x", "SALLYPORT_A")] }, { $0.secrets = [secret("", "A")] },
      {
        $0.environment = ["A": ""]; $0.secrets = [secret("x", "A")]
      },
      { $0.secrets = (0..<65).map { secret("x\($0)", "A\($0)") } },
    ]
    try await TestGateway.with { gateway in
      for (index, change) in changes.enumerated() {
        var spec = JobSpec.with {
          $0.command = ["true"]
          $0.checkout = checkout
        }
        change(&spec)
        let error = await #expect(throws: RPCError.self) {
          try await gateway.asOperator { client in
            try await client.submitJob(
              .with {
                $0.pool = TestGateway.pool
                $0.spec = spec
              })
          }
        }
        #expect(error?.code == .invalidArgument, "\(index)")
      }
      let queued = try await gateway.asOperator { try await $0.listJobs(.init()).jobs }
      #expect(queued.isEmpty)
    }
  }

  @Test("a repeated key returns the first job; another job under it is refused")
  func idempotency() async throws {
    try await TestGateway.with { gateway in
      func submit(
        _ command: String, to other: TestGateway? = nil
      ) async throws -> Sallyport_Operator_V1_Job {
        try await (other ?? gateway).asOperator { client in
          try await client.submitJob(
            .with {
              $0.pool = TestGateway.pool
              $0.spec.command = [command]
              $0.spec.environment = ["A": "1", "B": "2", "C": "3", "D": "4"]
              $0.idempotencyKey = "key"
            })
        }
      }
      let first = try await submit("a")
      #expect(try await submit("a") == first)
      #expect(first.spec.timeout.seconds == 3_600)
      // Also by a gateway that has other defaults meanwhile.
      var limits = gateway.services.limits
      limits.defaultJobTimeout = .seconds(60)
      #expect(try await submit("a", to: gateway.restarted(limits: limits)) == first)
      let error = await #expect(throws: RPCError.self) { try await submit("b") }
      #expect(error?.code == .alreadyExists)
    }
  }

  @Test("a sealed pool's commit is not kept, whatever the worker reports")
  func sealedPool() async throws {
    try await TestGateway.with { gateway in
      let commit = String(repeating: "a", count: 40)
      for sealed in [false, true] {
        let pool = sealed ? "sealed" : TestGateway.pool
        if sealed {
          _ = try await gateway.asOperator { client in
            try await client.createPool(
              .with {
                $0.name = pool
                $0.kind = .worker
                $0.sealed = true
              })
          }
        }
        let peer = try await gateway.enrolledWorker(pool: pool)
        let job = try await gateway.submit(pool: pool)
        try await gateway.withWorkerSession(peer) { worker, _ in
          let attempt = try await worker.runJob()
          _ = try await gateway.asPeer(peer) { client in
            try await WorkerClient(wrapping: client).finishAttempt(
              .with {
                $0.attempt = attempt
                $0.outcome = .succeeded
                $0.commit = commit
              })
          }
        }
        #expect(try await gateway.job(job).commit == (sealed ? "" : commit))
      }
    }
  }

  @Test("a finish without an outcome, a job or a right commit is refused")
  func badFinish() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let requests: [(Sallyport_Worker_V1_FinishAttemptRequest, RPCError.Code)] = [
        (.init(), .invalidArgument),
        (.with { $0.attempt.jobID = JobID.random().rawValue }, .invalidArgument),
        (
          .with {
            $0.attempt.jobID = JobID.random().rawValue
            $0.outcome = .succeeded
            $0.commit = "main"
          }, .invalidArgument
        ),
        (
          .with {
            $0.attempt.jobID = JobID.random().rawValue
            $0.outcome = .succeeded
          }, .failedPrecondition
        ),
      ]
      for (request, code) in requests {
        let error = await #expect(throws: RPCError.self) {
          try await gateway.asPeer(peer) {
            try await WorkerClient(wrapping: $0).finishAttempt(request)
          }
        }
        #expect(error?.code == code)
      }
    }
  }
}
