import Foundation
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportSigning
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct SignedSubmissionTests {
  private let key = JobSigningKey.generate()

  private func request(
    _ change: (inout JobStatement) -> Void = { _ in }
  ) throws -> (request: Sallyport_Operator_V1_SubmitJobRequest, job: SignedJob) {
    var statement = JobStatement(
      job: .random(), tenant: TenantName(unchecked: "acme"), externalID: "external-acme",
      workerPool: try PoolName(TestGateway.pool), notBefore: StatementTime(seconds: 1),
      expires: StatementTime(seconds: 2_000_000_000), command: ["make", "test"])
    statement.environment = ["A": "1"]
    statement.selector = ["zone": "a"]
    statement.timeoutSeconds = 60
    change(&statement)
    let signed = try SignedJob.sign(statement, with: key)
    return (.with { $0.spec.signedJob = Data(signed.envelope) }, signed)
  }

  @Test("a signed job is queued under its own id, as it was signed, and once")
  func queued() async throws {
    try await TestGateway.with { gateway in
      var (request, signed) = try request()
      request.scheduling.priority = 7
      let job = try await gateway.asOperator { [request] in try await $0.submitJob(request) }
      #expect(job.id == signed.statement.job.rawValue)
      #expect(job.pool == TestGateway.pool && job.scheduling.priority == 7)
      #expect(job.scheduling.selector == ["zone": "a"])
      #expect(Array(job.spec.signedJob) == signed.envelope)
      try signed.statement.check(job.spec, job: signed.statement.job)
      let again = try await gateway.asOperator { [request] in try await $0.submitJob(request) }
      #expect(again.id == job.id)
      #expect(try await gateway.asOperator { try await $0.listJobs(.init()).jobs.count } == 1)
    }
  }

  @Test("its envelope reaches the worker byte for byte, with who submitted it")
  func offered() async throws {
    try await TestGateway.with { gateway in
      let (request, signed) = try request { $0.selector = [:] }
      let peer = try await gateway.enrolledWorker()
      try await gateway.withWorkerSession(peer) { worker, _ in
        worker.grant(1)
        try await worker.settle()
        let job = try await gateway.asOperator { try await $0.submitJob(request) }
        let offer = try await worker.next {
          if case .offer(let offer)? = $0.message { offer } else { nil }
        }
        #expect(Array(offer.job.signedJob) == signed.envelope)
        #expect(offer.submittedBy == job.submittedBy && !offer.submittedBy.isEmpty)
      }
    }
  }

  @Test("nothing else can be said beside it, and it must be a job of the caller's tenant")
  func refused() async throws {
    try await TestGateway.with { gateway in
      let good = try request().request
      var requests = [
        try request { $0.tenant = TenantName(unchecked: "other") }.request,
        try request { $0.workerPool = PoolName(unchecked: "none") }.request,
      ]
      let changes: [(inout Sallyport_Operator_V1_SubmitJobRequest) -> Void] = [
        { $0.pool = TestGateway.pool }, { $0.spec.command = ["id"] },
        { $0.spec.environment = ["A": "1"] }, { $0.scheduling.selector = ["a": "b"] },
        { $0.idempotencyKey = "key" }, { $0.spec.contexts = ["release"] },
        // A space would be JSON all the same.
        { $0.spec.signedJob.append(0x7B) }, { $0.spec.signedJob = Data("{}".utf8) },
      ]
      for change in changes {
        var changed = good
        change(&changed)
        requests.append(changed)
      }
      for (index, request) in requests.enumerated() {
        let error = await #expect(throws: RPCError.self, "\(index)") {
          try await gateway.asOperator { try await $0.submitJob(request) }
        }
        #expect([.invalidArgument, .notFound].contains(error?.code), "\(index)")
      }
      #expect(try await gateway.asOperator { try await $0.listJobs(.init()).jobs.isEmpty })
    }
  }

  @Test("an id that is taken cannot be used again for another job")
  func takenID() async throws {
    try await TestGateway.with { gateway in
      let (first, signed) = try request()
      _ = try await gateway.asOperator { try await $0.submitJob(first) }
      let second = try request {
        $0.job = signed.statement.job
        $0.command = ["id"]
      }.request
      let error = await #expect(throws: RPCError.self) {
        try await gateway.asOperator { try await $0.submitJob(second) }
      }
      #expect(error?.code == .alreadyExists)
    }
  }

  @Test("what the customer's side denies is not tried again, whatever the policy says")
  func denied() async throws {
    try await TestGateway.with { gateway in
      var (request, _) = try request { $0.selector = [:] }
      request.scheduling.retry.on = .always
      let peer = try await gateway.enrolledWorker()
      try await gateway.withWorkerSession(peer) { [request] worker, _ in
        worker.grant(1)
        try await worker.settle()
        let job = try await gateway.asOperator { try await $0.submitJob(request) }
        let attempt = try await worker.offer()
        worker.accept(attempt)
        try await worker.settle()
        _ = try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .failed
              $0.denied = true
              $0.reason = "denied by customer policy: signature"
            })
        }
        let ended = try await gateway.asOperator { client in
          try await client.getJob(.with { $0.jobID = job.id })
        }
        #expect(ended.state == .failed)
        #expect(ended.reason.contains("denied by customer policy: signature"))
      }
    }
  }
}
