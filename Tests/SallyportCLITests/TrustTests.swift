import FoundationEssentials
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportIdentity
import Testing

@Suite struct TrustTests {
  @Test func aRootIssuesToWorkersAndAgents() async throws {
    let harness = try CommandHarness()
    let root = harness.directory + "/root"
    // Scripts give the operator's directory first; the nearer one counts.
    #expect(
      try await harness.run([
        "--dir", "/operator", "trust", "init", "--dir", root, "--trust-domain", "customer.example",
      ]) == nil)
    for role in ["worker", "vcs-agent"] {
      let out = harness.directory + "/" + role
      #expect(
        try await harness.run([
          "trust", "issue", "--dir", root, "--role", role, "--name", "one", "--out", out,
        ]) == nil)
      let credentials = try CredentialFiles(directory: out, rootsName: "root.pem").load()
      #expect(credentials.leaf.spiffeID?.uri == "spiffe://customer.example/\(role)/one")
      let mode = try FileManager.default.attributesOfItem(atPath: out + "/key.pem")[
        .posixPermissions]
      #expect(mode as? Int == 0o600)
    }
    #expect(harness.gateway.update { $0.submitted.isEmpty })

    let show = try CommandHarness()
    #expect(try await show.run(["trust", "show", "--dir", root, "--output", "json"]) == nil)
    #expect(show.console.output.contains("\"fingerprint\""))
    #expect(
      try await show.run([
        "trust", "show", "--certificate", harness.directory + "/worker/certificate.pem",
      ]) == nil)
    #expect(show.console.output.contains("spiffe://customer.example/worker/one"))
  }

  @Test func aRootIsNeverReplaced() async throws {
    let harness = try CommandHarness()
    let arguments = [
      "trust", "init", "--dir", harness.directory + "/root", "--trust-domain", "customer.example",
    ]
    #expect(try await harness.run(arguments) == nil)
    #expect(try await harness.run(arguments)?.exitCode == SallyportCore.ExitCode.cannotCreate)
  }

  @Test func mistakesHaveExitCodes() async throws {
    let harness = try CommandHarness()
    let root = harness.directory + "/root"
    let issue = [
      "trust", "issue", "--dir", root, "--role", "worker", "--out", root + "/x", "--name",
    ]
    #expect(
      try await harness.run(issue + ["one"])?.exitCode == SallyportCore.ExitCode.configuration)
    let bad = ["trust", "init", "--dir", root, "--trust-domain", "Not A Domain"]
    #expect(try await harness.run(bad)?.exitCode == SallyportCore.ExitCode.usage)
    #expect(!FileManager.default.fileExists(atPath: root))
    _ = try await harness.run(["trust", "init", "--dir", root, "--trust-domain", "c.example"])
    #expect(try await harness.run(issue + ["No Name"])?.exitCode == SallyportCore.ExitCode.usage)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: root + "/root-key.pem")
    let unsafe = try await harness.run(issue + ["one"])
    #expect(unsafe?.exitCode == SallyportCore.ExitCode.configuration)
    #expect(unsafe?.message?.contains("chmod 600") == true)
  }
}
