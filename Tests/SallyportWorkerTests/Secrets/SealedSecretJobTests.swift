import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportLedger
import SallyportProtos
import SallyportSealing
import SallyportTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// Jobs whose secrets the gateway keeps, and a gateway that hands out what it likes.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SealedSecretJobTests {
  private typealias Answer =
    @Sendable (Sallyport_Worker_V1_GetSealedSecretsRequest) throws
    -> [Sallyport_Worker_V1_SealedSecret]

  private let worker: SecretsWorker
  private let pool: SealingPool

  init() throws {
    worker = try SecretsWorker()
    pool = try SealingPool()
  }

  private func run(
    _ options: String = "", hasKey: Bool = true, _ answer: @escaping Answer,
    _ body: @escaping @Sendable (RunningWorker) async throws -> Void
  ) async throws {
    try await worker.run(
      ["name: KEY, sealed: release, jobs: every\(options)"],
      configure: { settings in
        if hasKey { settings.attempts.sealedSecrets = pool.settings }
      }
    ) { running in
      running.gateway.sealedSecrets.withLock { $0 = answer }
      try await body(running)
    }
  }

  @Test func aJobGetsWhatWasSealedForItsPool() async throws {
    let asked = Mutex<[Sallyport_Worker_V1_GetSealedSecretsRequest]>([])
    let other = try pool.seal("0ther-0ther", context: "staging")
    let right = try pool.seal("t0ken-t0ken", version: 7)
    try await run { request in
      // Also where the way to the gateway is cut meanwhile.
      let count = asked.withLock {
        $0.append(request)
        return $0.count
      }
      guard count > 2 else { throw RPCError(code: .unavailable, message: "as told") }
      return [other, right]
    } _: { running in
      let attempt = AttemptID(job: .random(), epoch: 3)
      worker.offer(
        try worker.job("printf %s \"$KEY\" > $OUT/value; echo $KEY", secrets: ["KEY"]), attempt,
        in: running)
      let request = try await worker.end(of: attempt, in: running)
      #expect(request.outcome == .succeeded, "\(request.reason)")
      #expect(try !worker.told(request, in: running).contains("t0ken-t0ken"))
      let requests = asked.withLock { $0 }
      #expect(requests.count == 3)
      #expect(requests.allSatisfy { $0.attempt == attempt.message && $0.names == ["KEY"] })
    }
    #expect(worker.read("value") == "t0ken-t0ken")
    #expect(worker.ledger.all(LedgerSecrets.self).map(\.providers) == [["sealed"]])
  }

  struct BadGateway: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answer: @Sendable (SealingPool) throws -> [Sallyport_Worker_V1_SealedSecret]
    let expected: String
  }

  @Test(arguments: [
    BadGateway(testDescription: "none", answer: { _ in [] }, expected: "none is stored"),
    BadGateway(
      testDescription: "other names and contexts",
      answer: {
        [try $0.seal("CANARY", name: "OTHER"), try $0.seal("CANARY", context: "staging")]
      }, expected: "none is stored"),
    BadGateway(
      testDescription: "another secret under this name",
      answer: { pool in
        var answer = try pool.seal("CANARY", name: "OTHER")
        answer.name = "KEY"
        return [answer, try pool.seal("right")]
      }, expected: "is not what was sealed for pool"),
    BadGateway(
      testDescription: "another context's secret",
      answer: { pool in
        var answer = try pool.seal("CANARY", context: "staging")
        answer.context = "release"
        return [answer]
      }, expected: "is not what was sealed for pool"),
    BadGateway(
      testDescription: "another version",
      answer: { pool in
        var answer = try pool.seal("CANARY")
        answer.version += 1
        return [answer]
      }, expected: "is not what was sealed for pool"),
    BadGateway(
      testDescription: "sealed to a key of the gateway's",
      answer: { _ in [try SealingPool().seal("CANARY")] }, expected: "which is not here"),
    BadGateway(
      testDescription: "no sealed secret",
      answer: { pool in
        var answer = try pool.seal("CANARY")
        answer.sealed = Data("CANARY".utf8)
        return [answer]
      }, expected: "not a sealed secret"),
    BadGateway(
      testDescription: "without an end",
      answer: { pool in Array(repeating: try pool.seal("CANARY", name: "OTHER"), count: 1_025) },
      expected: "answers without an end"),
    BadGateway(
      testDescription: "refused",
      answer: { _ in throw RPCError(code: .failedPrecondition, message: "CANARY") },
      expected: "does not hand it out"),
    BadGateway(
      testDescription: "from a time before",
      answer: { _ in throw RPCError(code: .unimplemented, message: "CANARY") },
      expected: "does not hand it out"),
    BadGateway(
      testDescription: "unreachable",
      answer: { _ in throw RPCError(code: .unavailable, message: "CANARY") },
      expected: "did not answer within 500ms"),
  ]) func whateverTheGatewaySendsTheJobGetsTheRightSecretOrDoesNotBegin(
    gateway: BadGateway
  ) async throws {
    try await run(", timeout: 500ms") { [pool] _ in
      try gateway.answer(pool)
    } _: { running in
      let spec = try worker.job("touch $OUT/ran", secrets: ["KEY"])
      let request = try await worker.end(of: spec, in: running)
      #expect(request.outcome == .failed && !request.denied)
      #expect(
        request.reason.hasPrefix("no secret KEY from its provider (sealed): "), "\(request.reason)")
      #expect(request.reason.contains(gateway.expected), "\(request.reason)")
      #expect(try !worker.told(request, in: running).contains("CANARY"))
    }
    #expect(!worker.exists("ran"))
  }

  @Test func aWorkerWithoutAKeySaysSo() async throws {
    try await run(hasKey: false) { _ in
      []
    } _: { running in
      let request = try await worker.end(
        of: try worker.job("touch $OUT/ran", secrets: ["KEY"]), in: running)
      #expect(request.reason.hasSuffix("(sealed): secrets.pool-keys is not set"))
    }
    #expect(!worker.exists("ran"))
  }
}

/// A pool with a certified key.
struct SealingPool: Sendable {
  let settings: SealedSecretSettings
  private let publicKey: PoolKey

  init() throws {
    let (tenant, pool) = (try TenantName("acme"), try PoolName("builders"))
    let key = try SealingKey.generate()
    let root = try TrustRoot.create(trustDomain: "customer.example")
    publicKey = try PoolKey(
      certificate: try root.certify(poolKey: key.publicKey.bytes, tenant: tenant, pool: pool),
      tenant: tenant, pool: pool, roots: [root.certificate])
    settings = SealedSecretSettings(tenant: tenant, pool: pool, keys: SealingKeyring([key]))
  }

  func seal(
    _ value: String, name: String = "KEY", context: String = "release", version: UInt64 = 1
  ) throws -> Sallyport_Worker_V1_SealedSecret {
    let scope = SealedSecretScope(
      tenant: settings.tenant, pool: settings.pool, context: try ContextName(context), name: name,
      version: version)
    let sealed = try SealedSecret.seal(Secret(Array(value.utf8)), to: publicKey, as: scope)
    return .with {
      $0.name = name
      $0.context = context
      $0.version = version
      $0.sealed = Data(sealed.bytes)
    }
  }
}
