import FoundationEssentials
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportSealing
import SwiftProtobuf
import Testing

@Suite struct SecretCommandTests {
  private let harness: CommandHarness
  private let root: TrustRoot
  private let key: SealingKey
  private let tenant = TenantName(unchecked: "acme")
  private let pool = PoolName(unchecked: "builders")

  init() throws {
    harness = try CommandHarness()
    root = try TrustRoot.create(trustDomain: "git.example.com")
    key = try SealingKey.generate()
    try CertificateFile.replace("\(harness.directory)/trust-root.pem", chain: [root.certificate])
    let authority = try GatewayCA.create(trustDomain: "gateway.example")
    let issued = try authority.issue(
      for: try CertificateRequest(verifying: try SigningKey.generate().certificateRequest()),
      identity: .operatorNamed(tenant: tenant, name: try OperatorName("olga")))
    try CertificateFile.replace("\(harness.directory)/certificate.pem", chain: issued.chain)
  }

  private func certified(
    _ key: SealingKey, by root: TrustRoot? = nil, pool: PoolName? = nil,
    age: TimeInterval = 0
  ) throws -> Sallyport_Operator_V1_PoolKey {
    let der = try (root ?? self.root).certify(
      poolKey: key.publicKey.bytes, tenant: tenant, pool: pool ?? self.pool, now: Date() - age)
    return .with {
      $0.keyID = "\(key.id)"
      $0.certificate = Data(der)
    }
  }

  private func publish(_ keys: Sallyport_Operator_V1_PoolKey...) {
    harness.gateway.update { $0.poolKeys = keys }
  }

  private let set = ["secret", "set", "DEPLOY_KEY", "--context", "release", "--pool", "builders"]

  private func value(
    _ request: Sallyport_Operator_V1_SetSecretRequest, by key: SealingKey
  ) throws -> [UInt8] {
    try SealedSecret(parsing: Array(request.sealed)).open(
      as: SealedSecretScope(
        tenant: tenant, pool: pool, context: try ContextName("release"), name: "DEPLOY_KEY",
        version: request.version), with: SealingKeyring([key])
    ).withValue { $0 }
  }

  @Test func aValueIsSealedHereByteForByte() async throws {
    publish(try certified(key))
    let bytes: [UInt8] = [0, 1, 0xFF] + Array("s3cret\n".utf8)
    #expect(try await harness.run(set, input: bytes) == nil)
    let sent = try #require(harness.gateway.update { $0.secrets }.first)
    #expect(sent.version == 1 && sent.pool == "builders" && sent.context == "release")
    #expect(try value(sent, by: key) == bytes)
    #expect(harness.console.output.contains("s3cret") == false)
    #expect(try await harness.run(set, input: [7]) == nil)
    #expect(harness.gateway.update { $0.secrets }.map(\.version) == [1, 2])
  }

  /// The gateway puts in a key of its own: nothing is sealed, and nothing is sent.
  @Test func aKeyThatTheTrustRootHasNotCertifiedIsRefused() async throws {
    let theirs = try SealingKey.generate()
    let imitation = try TrustRoot.create(trustDomain: "git.example.com")
    for offered in [
      try certified(theirs, by: imitation), try certified(theirs, pool: PoolName("other")),
      .with { $0.certificate = Data("-----BEGIN".utf8) }, .init(),
    ] {
      publish(offered)
      let report = try await harness.run(set, input: [1])
      #expect(report?.exitCode == 77)
    }
    publish()
    #expect(try await harness.run(set, input: [1])?.message?.contains("has no key") == true)
    #expect(harness.gateway.update { $0.secrets }.isEmpty)
  }

  @Test func beneathAForeignKeyTheCertifiedOneIsUsed() async throws {
    let imitation = try TrustRoot.create(trustDomain: "git.example.com")
    publish(try certified(try SealingKey.generate(), by: imitation), try certified(key))
    #expect(try await harness.run(set, input: [9]) == nil)
    #expect(harness.console.error.contains("does not certify"))
    let sent = try #require(harness.gateway.update { $0.secrets }.first)
    #expect(try value(sent, by: key) == [9])
  }

  @Test func whoIsFasterGoesFirst() async throws {
    publish(try certified(key))
    harness.gateway.update { $0.lostRaces = 2 }
    #expect(try await harness.run(set, input: [9]) == nil)
    #expect(harness.gateway.update { $0.secrets }.map(\.version) == [1, 2, 3])
    harness.gateway.update { $0.lostRaces = 100 }
    #expect(try await harness.run(set, input: [9])?.exitCode == 1)
    #expect(harness.gateway.update { $0.secrets }.count == 8)
  }

  @Test func resealingTakesTheValuesFromTheCustomersOwnFiles() async throws {
    publish(try certified(key))
    #expect(try await harness.run(set, input: Array("value".utf8)) == nil)
    let folder = "\(harness.directory)/values"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try Data("value".utf8).write(to: URL(filePath: "\(folder)/DEPLOY_KEY"))
    let reseal = [
      "secret", "reseal", "--context", "release", "--pool", "builders", "--from-dir", folder,
    ]
    // Nothing to do as long as the key is the same.
    #expect(try await harness.run(reseal) == nil)
    #expect(harness.gateway.update { $0.secrets }.count == 1)
    let next = try SealingKey.generate()
    publish(try certified(next), try certified(key, age: 100))
    #expect(try await harness.run(reseal) == nil)
    let sent = try #require(harness.gateway.update { $0.secrets }.last)
    #expect(sent.version == 2)
    #expect(try value(sent, by: next) == Array("value".utf8))
  }

  @Test func valuesThatCannotBeSecretsAreRefused() async throws {
    publish(try certified(key))
    #expect(try await harness.run(set, input: [])?.exitCode == 65)
    let report = try await harness.run(set, input: [UInt8](repeating: 1, count: 65_537))
    #expect(report?.exitCode == 65)
    // Nowhere on the command line is there a place for a value.
    await #expect(throws: (any Error).self) { try await harness.run(set + ["s3cret"]) }
  }

  @Test func variablesAreReadFromInputWithoutTheirLineEnd() async throws {
    let command = ["variable", "set", "STAGE", "--context", "release"]
    #expect(try await harness.run(command, input: Array("blue\n".utf8)) == nil)
    #expect(harness.gateway.update { $0.variables }.map(\.value) == ["blue"])
    #expect(try await harness.run(command, input: [0xFF])?.exitCode == 65)
    #expect(try await harness.run(["variable", "list", "--context", "release"]) == nil)
    #expect(harness.console.output.contains("blue"))
  }

  @Test func aJobNamesItsContexts() async throws {
    let submit = [
      "job", "submit", "--pool", "builders", "--context", "release", "--context", "staging", "--",
      "true",
    ]
    #expect(try await harness.run(submit) == nil)
    #expect(
      harness.gateway.update { $0.submitted }.map(\.spec.contexts) == [["release", "staging"]])
  }

  @Test func onlyWhatIsCertifiedIsPublished() async throws {
    let folder = harness.directory
    let der = Array(try certified(key).certificate)
    try CertificateFile.replace("\(folder)/pool.pem", chain: [der])
    let publish = [
      "pool-key", "publish", "\(folder)/pool.pem", "--pool", "builders", "--trust-root",
      "\(folder)/trust-root.pem",
    ]
    #expect(try await harness.run(publish) == nil)
    #expect(harness.gateway.update { $0.poolKeys }.map(\.keyID) == ["\(key.id)"])
    let foreign = try TrustRoot.create(trustDomain: "git.example.com")
    try CertificateFile.replace("\(folder)/trust-root.pem", chain: [foreign.certificate])
    #expect(try await harness.run(publish)?.exitCode == 78)
  }
}
