import FoundationEssentials
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportProtos
import SallyportSigning
import Testing

@Suite struct SigningTests {
  private static let externalID = "00112233445566778899aabbccddeeff"

  private func sign(
    _ harness: CommandHarness, _ more: [String] = [], command: [String] = ["make", "test"]
  ) async throws -> ErrorReport? {
    try await harness.run(
      [
        "job", "sign", "--key", harness.directory + "/key", "--tenant", "acme", "--external-id",
        Self.externalID, "--pool", "builders", "--out", harness.directory + "/job.json",
      ] + more + ["--"] + command)
  }

  @Test func aJobIsSignedVerifiedAndSubmitted() async throws {
    let harness = try CommandHarness()
    let directory = harness.directory
    #expect(try await harness.run(["key", "create", directory + "/key"]) == nil)
    let mode = try FileManager.default.attributesOfItem(atPath: directory + "/key")[
      .posixPermissions]
    #expect(mode as? Int == 0o600)
    #expect(
      try await sign(
        harness,
        [
          "--repo", "git:team/app.git", "--ref", "refs/heads/main", "--env", "A=1", "--timeout",
          "10m", "--select", "zone=a", "--retry", "on-lost", "--max-attempts", "3",
        ]) == nil)

    let envelope = [UInt8](try Data(contentsOf: URL(filePath: directory + "/job.json")))
    let key = try JobVerificationKey(file: directory + "/key.pub")
    let signed = try SignedJob.verify(
      Array(envelope.dropLast()), keys: TrustedSigningKeys([key]))
    #expect(signed.statement.runs == 3)
    #expect(signed.statement.timeoutSeconds == 600)
    #expect(signed.statement.selector == ["zone": "a"])
    #expect(signed.statement.checkout?.ref == "refs/heads/main")
    #expect(signed.statement.expires.seconds - signed.statement.notBefore.seconds == 86_400)

    let verify = try CommandHarness()
    #expect(
      try await verify.run([
        "job", "verify", directory + "/job.json", "--key", directory + "/key.pub", "--output",
        "json",
      ]) == nil)
    #expect(verify.console.output.contains(signed.statement.job.rawValue))

    #expect(
      try await harness.run([
        "job", "submit", "--signed", directory + "/job.json", "--priority", "5",
      ]) == nil)
    let submitted = try #require(harness.gateway.update { $0.submitted.last })
    #expect(Array(submitted.spec.signedJob) + [UInt8(ascii: "\n")] == envelope)
    #expect(submitted.pool.isEmpty && submitted.idempotencyKey.isEmpty)
    #expect(submitted.scheduling.priority == 5 && submitted.scheduling.selector.isEmpty)
  }

  @Test func aJobOfAnotherKeyOrARevokedOneIsNotVerified() async throws {
    let harness = try CommandHarness()
    let directory = harness.directory
    for name in ["key", "other"] {
      #expect(try await harness.run(["key", "create", directory + "/" + name]) == nil)
    }
    #expect(try await sign(harness) == nil)
    let verify = ["job", "verify", directory + "/job.json", "--key"]
    let other = try await harness.run(verify + [directory + "/other.pub"])
    #expect(other?.exitCode == SallyportCore.ExitCode.dataError)
    let id = try JobVerificationKey(file: directory + "/key.pub").id
    try Data("\(id)\n".utf8).write(to: URL(filePath: directory + "/revoked"))
    let revoked = try await harness.run(
      verify + [directory + "/key.pub", "--revoked", directory + "/revoked"])
    #expect(revoked?.message?.contains("revoked") == true)
  }

  @Test(arguments: [
    ["--repo", "git:team/app.git", "--ref", "main"], ["--not-before", "tomorrow"],
    ["--external-id", "ABC"], ["--context", "release"],
    ["--repo", "git:team/.git/x", "--ref", "refs/heads/main"], ["--commit", "abc"],
  ])
  func whatCannotBeSignedIsRefused(arguments: [String]) async throws {
    let harness = try CommandHarness()
    #expect(try await harness.run(["key", "create", harness.directory + "/key"]) == nil)
    let report = try await sign(harness, arguments)
    #expect(report?.exitCode == SallyportCore.ExitCode.usage, "\(String(describing: report))")
    #expect(!FileManager.default.fileExists(atPath: harness.directory + "/job.json"))
  }

  @Test(arguments: [["--valid-for", "0s"], ["--runs", "0"], ["--runs", "101"]])
  func whatIsOutOfRangeIsRefused(arguments: [String]) async throws {
    let harness = try CommandHarness()
    await #expect(throws: (any Error).self) { try await sign(harness, arguments) }
  }

  @Test func aKeyIsNeverReplacedAndOthersMayNotReadIt() async throws {
    let harness = try CommandHarness()
    let key = harness.directory + "/key"
    #expect(try await harness.run(["key", "create", key]) == nil)
    #expect(
      try await harness.run(["key", "create", key])?.exitCode
        == SallyportCore.ExitCode.cannotCreate)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    let report = try await sign(harness)
    #expect(report?.exitCode == SallyportCore.ExitCode.configuration)
    #expect(report?.message?.contains("chmod 600") == true)
  }

  @Test func nothingElseIsSaidBesideASignedJob() async throws {
    let harness = try CommandHarness()
    #expect(try await harness.run(["key", "create", harness.directory + "/key"]) == nil)
    #expect(try await sign(harness) == nil)
    let file = harness.directory + "/job.json"
    for more in [
      ["--pool", "x"], ["--select", "a=b"], ["--idempotency-key", "k"], ["--", "id"],
    ] {
      let report = try await harness.run(["job", "submit", "--signed", file] + more)
      #expect(report?.exitCode == SallyportCore.ExitCode.usage)
    }
    let missing = try await harness.run(["job", "submit", "--signed", file + ".none"])
    #expect(missing?.exitCode == SallyportCore.ExitCode.dataError)
    #expect(harness.gateway.update { $0.submitted.isEmpty })
  }
}
