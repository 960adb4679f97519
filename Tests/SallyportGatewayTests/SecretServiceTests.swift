import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SallyportSealing
import SallyportStore
import SallyportStoreSQLite
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct SecretServiceTests {
  private let poolKey: SallyportSealing.PoolKey
  private let key: SealingKey

  init() throws {
    key = try SealingKey.generate()
    let root = try TrustRoot.create(trustDomain: "git.example.com")
    let (tenant, pool) = (try TenantName("acme"), try PoolName(TestGateway.pool))
    poolKey = try SallyportSealing.PoolKey(
      certificate: try root.certify(poolKey: key.publicKey.bytes, tenant: tenant, pool: pool),
      tenant: tenant, pool: pool, roots: [root.certificate])
  }

  private func sealed(_ value: String, version: UInt64 = 1) throws -> Data {
    let scope = SealedSecretScope(
      tenant: try TenantName("acme"), pool: try PoolName(TestGateway.pool),
      context: try ContextName("release"), name: "KEY", version: version)
    return Data(
      try SealedSecret.seal(Secret(Array(value.utf8)), to: poolKey, as: scope).bytes)
  }

  private func set(
    _ sealed: Data, version: UInt64 = 1, name: String = "KEY", _ gateway: TestGateway
  ) async throws -> Sallyport_Operator_V1_Secret {
    try await gateway.asOperator { client in
      try await client.setSecret(
        .with {
          $0.context = "release"
          $0.pool = TestGateway.pool
          $0.name = name
          $0.version = version
          $0.sealed = sealed
        })
    }
  }

  private func makeContext(_ gateway: TestGateway) async throws {
    _ = try await gateway.asOperator { client in
      try await client.createContext(.with { $0.name = "release" })
    }
  }

  @Test("what is sealed can be listed and not be had")
  func writeOnly() async throws {
    try await TestGateway.with { gateway in
      try await makeContext(gateway)
      let bytes = try sealed("canary")
      let stored = try await set(bytes, gateway)
      #expect(stored.keyID == "\(key.id)" && stored.version == 1 && stored.setBy == "alice")
      let listed = try await gateway.asOperator { client in
        try await client.listSecrets(.with { $0.context = "release" })
      }
      #expect(listed.secrets == [stored])
      let encoded: [UInt8] = try listed.serializedBytes()
      #expect(encoded.firstRange(of: Array(bytes.suffix(16))) == nil)
      let again = await #expect(throws: RPCError.self) { try await set(bytes, gateway) }
      #expect(again?.code == .aborted)
      let audited = try await gateway.audit("secret.set")
      #expect(audited.map(\.object) == ["release/KEY"])
    }
  }

  @Test("what is no sealed secret is not stored")
  func malformed() async throws {
    try await TestGateway.with { gateway in
      try await makeContext(gateway)
      let good = try sealed("x")
      for bytes in [Data(), Data("plain".utf8), Data([2]) + good.dropFirst(), good.prefix(80)] {
        let error = await #expect(throws: RPCError.self) { try await set(bytes, gateway) }
        #expect(error?.code == .invalidArgument)
      }
      for name in ["", "1A", "a b", "s3cret=value", String(repeating: "a", count: 129)] {
        let error = await #expect(throws: RPCError.self) {
          try await set(good, name: name, gateway)
        }
        #expect(error?.code == .invalidArgument)
        #expect(name.isEmpty || error?.message.contains(name) == false)
      }
    }
  }

  @Test("only the worker that runs the job gets what is sealed, and only what the job names")
  func delivery() async throws {
    try await TestGateway.with { gateway in
      try await makeContext(gateway)
      _ = try await set(try sealed("value"), gateway)
      let spec = JobSpec.with {
        $0.command = ["true"]
        $0.secrets = ["KEY", "MISSING"].map { name in
          .with {
            $0.name = name
            $0.environment = name
          }
        }
        $0.contexts = ["release"]
      }
      let job = JobID.random()
      _ = try await gateway.store.submitJob(
        JobSubmission(
          id: job, tenant: gateway.acme, pool: try PoolName(TestGateway.pool),
          spec: try spec.serializedBytes(), vcsPool: nil, submittedBy: "alice",
          time: gateway.clock.now, idempotencyKey: "", requestHash: [], queueLimit: 10),
        audit: AuditEntry(tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "x"))
      let peer = try await gateway.enrolledWorker()
      let other = try await gateway.enrolledWorker()
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        func fetch(
          _ names: [String], _ peer: PeerContext, epoch: UInt64? = nil
        ) async throws -> [Sallyport_Worker_V1_SealedSecret] {
          try await gateway.asPeer(peer) { client in
            try await WorkerClient(wrapping: client).getSealedSecrets(
              .with {
                $0.attempt = attempt
                $0.attempt.epoch = epoch ?? attempt.epoch
                $0.names = names
              }
            ) { response in try await response.messages.reduce(into: []) { $0.append($1) } }
          }
        }
        let found = try await fetch(["KEY", "MISSING"], peer)
        #expect(found.map(\.name) == ["KEY"] && found.map(\.context) == ["release"])
        let secret = try SealedSecret(parsing: Array(try #require(found.first).sealed))
        let opened = try secret.open(
          as: SealedSecretScope(
            tenant: gateway.acme, pool: try PoolName(TestGateway.pool),
            context: try ContextName("release"), name: "KEY", version: 1),
          with: SealingKeyring([key]))
        #expect(opened.withValue { $0 } == Array("value".utf8))
        let stranger = await #expect(throws: RPCError.self) { try await fetch(["KEY"], other) }
        #expect(stranger?.code == .failedPrecondition)
        let stale = await #expect(throws: RPCError.self) {
          try await fetch(["KEY"], peer, epoch: 99)
        }
        #expect(stale?.code == .failedPrecondition)
        for names in [["ANOTHER"], ["KEY", "KEY"]] {
          let error = await #expect(throws: RPCError.self) { try await fetch(names, peer) }
          #expect(error?.code == .invalidArgument)
        }
      }
      let audited = try await gateway.audit("secret.deliver")
      #expect(audited.map(\.decision) == ["allowed", "denied", "denied"])
      #expect(audited.first?.detail == "release/KEY 1")
    }
  }

  @Test(
    "a job gets the variables of its contexts and its pool's, and its own and its secrets before all"
  )
  func variables() async throws {
    try await TestGateway.with { gateway in
      try await makeContext(gateway)
      try await gateway.asOperator { client in
        _ = try await client.createContext(.with { $0.name = "pool" })
        for (context, name, value) in [
          ("release", "A", "release"), ("pool", "A", "pool"), ("pool", "B", "pool"),
          ("pool", "C", "pool"), ("release", "D", "release"),
        ] {
          _ = try await client.setVariable(
            .with {
              $0.context = context
              $0.name = name
              $0.value = value
            })
        }
        _ = try await client.attachContext(
          .with {
            $0.context = "pool"
            $0.pool = TestGateway.pool
          })
        let job = try await client.submitJob(
          .with {
            $0.pool = TestGateway.pool
            $0.spec.command = ["true"]
            $0.spec.environment = ["C": "own"]
            $0.spec.secrets = [
              .with {
                $0.name = "KEY"
                $0.environment = "D"
              }
            ]
            $0.spec.contexts = ["release"]
          })
        #expect(job.spec.environment == ["A": "release", "B": "pool", "C": "own"])
        for contexts in [["release", "release"], ["No Name"], (0..<17).map { "c\($0)" }] {
          let error = await #expect(throws: RPCError.self) {
            try await client.submitJob(
              .with {
                $0.pool = TestGateway.pool
                $0.spec.command = ["true"]
                $0.spec.contexts = contexts
              })
          }
          #expect(error?.code == .invalidArgument)
        }
        for name in ["", "1A", "A-B", "SALLYPORT_X"] {
          let error = await #expect(throws: RPCError.self) {
            try await client.setVariable(
              .with {
                $0.context = "release"
                $0.name = name
              })
          }
          #expect(error?.code == .invalidArgument)
        }
      }
    }
  }
}
