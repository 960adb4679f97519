import FoundationEssentials
import NIOSSL
import SallyportConfig
import SallyportCore
import SallyportPolicy
import SallyportTestSupport
import Testing

@testable import SallyportPolicyAgent

/// Over TLS nobody answers but who has the configured root's word for its name.
@Suite(.timeLimit(.minutes(1))) struct PolicyAgentTLSTests {
  /// - Returns: Whether the agent's answer, which allows, was taken.
  private func isAllowed(
    _ leaf: TestLeaf, host: String = "localhost", trusting other: TestPKI? = nil
  ) async throws -> Bool {
    let pki = try TestPKI()
    let certificate = try pki.issue(leaf)
    let tls = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM.utf8))
          .map { .certificate($0) },
        privateKey: .privateKey(
          try NIOSSLPrivateKey(bytes: Array(certificate.privateKeyPEM.utf8), format: .pem))))
    let roots = FileManager.default.temporaryDirectory
      .appending(path: "opa-\(UInt32.random(in: .min ... .max)).pem").path
    try Data((other ?? pki).rootPEM.utf8).write(to: URL(filePath: roots))
    defer { try? FileManager.default.removeItem(atPath: roots) }
    let allowed = Flag()
    try await ScriptedAgent.with(tls: tls) { _, writer in
      try await writer.answer(#"{"result": true}"#)
      return true
    } _: { _, url in
      let port = url.split(separator: ":").last ?? ""
      let values = try ConfigSchema(program: "test", settings: PolicyAgentSettings.keys).load(
        file: nil, environment: [:],
        overrides: [
          "policy.opa.url=https://\(host):\(port)", "policy.opa.decision-path=a/b",
          "policy.opa.ca-file=\(roots)", "policy.opa.timeout=20s",
        ].map { try ConfigOverride(assignment: $0) })
      let input = try PolicyInput(try JobFacts(command: ["make"]), ref: nil)
      try await OpenPolicyAgent.with(try PolicyAgentSettings(values)) { agent in
        do {
          if try await agent?.ask(input).isAllowed == true { allowed.set() }
        } catch let error as PolicyQueryError {
          #expect(error.code == .unreachable, "\(error)")
        }
      }
    }
    return allowed.isSet
  }

  @Test func theConfiguredRootCounts() async throws {
    let leaf = TestLeaf(dnsNames: ["localhost"], ipAddresses: [[127, 0, 0, 1]])
    #expect(try await isAllowed(leaf))
    #expect(try await isAllowed(leaf, host: "127.0.0.1"))
    #expect(try await isAllowed(leaf, trusting: try TestPKI()) == false)
    #expect(try await isAllowed(leaf.expired()) == false)
    #expect(try await isAllowed(TestLeaf(dnsNames: ["opa.example"])) == false)
    #expect(try await isAllowed(TestLeaf(), host: "127.0.0.1") == false)
  }
}
