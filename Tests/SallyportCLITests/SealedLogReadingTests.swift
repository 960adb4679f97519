import FoundationEssentials
import GRPCCore
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportSealing
import SwiftProtobuf
import Testing

@Suite struct SealedLogReadingTests {
  private let job = "0123456789abcdef0123456789abcdef"
  private let harness: CommandHarness
  private let key: SealingKey
  private var keyFile: String { "\(harness.directory)/reader" }

  init() throws {
    harness = try CommandHarness()
    key = try SealingKey.generate()
    try DurableFile.create(
      "\(harness.directory)/reader", contents: Array(key.pem.withValue { $0 }.utf8),
      mode: .ownerOnly)
    let authority = try GatewayCA.create(trustDomain: "gateway.example")
    let own = SigningKey.generate()
    let issued = try authority.issue(
      for: try CertificateRequest(verifying: try own.certificateRequest()),
      identity: .operatorNamed(tenant: try TenantName("acme"), name: try OperatorName("olga")))
    try CertificateFile.replace(
      "\(harness.directory)/certificate.pem", chain: issued.chain)
    let id = job
    harness.gateway.update { $0.job.id = id }
  }

  /// A sealed log with two lines.
  private func log(tenant: String = "acme", hasEnd: Bool = true) throws -> [UInt8] {
    let scope = SealedLogScope(
      tenant: try TenantName(tenant),
      attempt: AttemptID(job: try #require(JobID(job)), epoch: 1))
    let sealer = try LogSealer(scope: scope, readers: [key.publicKey])
    var bytes: [UInt8] = []
    sealer.opening(at: 1).encode(into: &bytes)
    for (stream, text) in [(LogStreamID.stdout, "canary 1\n"), (.stderr, "canary 2\n")] {
      try sealer.seal(Array(text.utf8), of: stream, at: 2, offset: UInt64(bytes.count))
        .encode(into: &bytes)
    }
    if hasEnd { try sealer.end(at: 3, offset: UInt64(bytes.count)).encode(into: &bytes) }
    return bytes
  }

  private func serve(_ log: [UInt8], cutAt cuts: [Int] = []) {
    let places = [0] + cuts + [log.count]
    let parts = zip(places, places.dropFirst()).map { part(log[$0..<$1], at: $0, .complete) }
    harness.gateway.update { $0.reads = [.init(parts: parts)] }
  }

  @Test func theReaderSeesTheLog() async throws {
    let log = try log()
    serve(log, cutAt: [5, 100, 200, log.count - 1])
    #expect(try await harness.run(["job", "logs", "--identity", keyFile, job]) == nil)
    #expect(harness.console.output == "canary 1\n")
    #expect(harness.console.error == "canary 2\n")
  }

  @Test func withoutAKeyItIsSaidToWhichOneTheLogIsSealed() async throws {
    serve(try log())
    #expect(try await harness.run(["job", "logs", job]) == nil)
    #expect(harness.console.output == "")
    #expect(harness.console.error.contains("the log is sealed to key \(key.id)"))
    #expect(harness.console.error.contains("--identity"))
    #expect(harness.console.error.contains("canary") == false)
  }

  @Test func anotherKeyOpensNothing() async throws {
    let other = try SealingKey.generate()
    let file = "\(harness.directory)/other"
    try DurableFile.create(
      file, contents: Array(other.pem.withValue { $0 }.utf8), mode: .ownerOnly)
    serve(try log())
    let report = try await harness.run(["job", "logs", "--identity", file, job])
    #expect(report?.exitCode == 78)
    #expect(report?.message?.contains("\(key.id)") == true)
  }

  @Test func aLogOfAnotherTenantIsRefused() async throws {
    serve(try log(tenant: "other"))
    let report = try await harness.run(["job", "logs", "--identity", keyFile, job])
    #expect(report?.exitCode == 65)
    #expect(harness.console.output == "")
  }

  @Test func aLogThatWasChangedIsRefusedFromThereOn() async throws {
    var log = try log()
    log[log.count - 60] ^= 1
    serve(log)
    let report = try await harness.run(["job", "logs", "--identity", keyFile, job])
    #expect(report?.exitCode == 65)
    #expect(harness.console.output == "canary 1\n")
  }

  @Test func aCutLogIsSaidToHaveNoEnd() async throws {
    serve(try log(hasEnd: false))
    #expect(try await harness.run(["job", "logs", "--identity", keyFile, job]) == nil)
    #expect(harness.console.error.contains("no sealed end"))
  }

  @Test func aPlainLogIsShownAndNotTakenForASealedOne() async throws {
    serve(encoded([(.stdout, "plain\n")]))
    #expect(try await harness.run(["job", "logs", "--identity", keyFile, job]) == nil)
    #expect(harness.console.output == "plain\n")
    #expect(harness.console.error.contains("the log is not sealed"))
  }

  @Test func aPlainEntryWithinASealedLogIsRefused() async throws {
    serve(try log(hasEnd: false) + encoded([(.stdout, "forged\n")]))
    let report = try await harness.run(["job", "logs", "--identity", keyFile, job])
    #expect(report?.exitCode == 65)
    #expect(harness.console.output.contains("forged") == false)
  }

  @Test func aKeyFileThatOthersMayReadIsRefused() async throws {
    let file = "\(harness.directory)/open"
    try DurableFile.create(
      file, contents: Array(key.pem.withValue { $0 }.utf8), mode: .readableByAll)
    let report = try await harness.run(["job", "logs", "--identity", file, job])
    #expect(report?.message?.contains("chmod 600") == true)
  }

  @Test func keysAreMadeAndCertifiedForAPool() async throws {
    let folder = harness.directory
    #expect(try await harness.run(["sealing-key", "create", "\(folder)/pool"]) == nil)
    let made = try SealingKey(file: "\(folder)/pool")
    #expect(harness.console.output.contains("\(made.id)"))
    #expect(
      try await harness.run(
        ["trust", "init", "--trust-domain", "git.example.com", "--dir", "\(folder)/root"]) == nil)
    let certify = [
      "sealing-key", "certify", "--dir", "\(folder)/root", "--tenant", "acme", "--pool", "builders",
      "--key", "\(folder)/pool.pub", "--out", "\(folder)/pool.pem",
    ]
    #expect(try await harness.run(certify) == nil)
    let text = try String(contentsOfFile: "\(folder)/pool.pem", encoding: .utf8)
    let pool = try PoolKey(
      certificate: try CertificatePEM.decode(text)[0], tenant: try TenantName("acme"),
      pool: try PoolName("builders"), roots: try CertificateFile.load("\(folder)/root/root.pem"))
    #expect(pool.id == made.id)
    // Nothing is overwritten.
    #expect(try await harness.run(certify)?.exitCode == 73)
  }
}
