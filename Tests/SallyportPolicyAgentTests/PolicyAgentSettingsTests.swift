import FoundationEssentials
import SallyportConfig
import SallyportPolicy
import Testing

@testable import SallyportPolicyAgent

@Suite struct PolicyAgentSettingsTests {
  private func settings(_ assignments: [String]) throws -> PolicyAgentSettings? {
    try PolicyAgentSettings(
      try ConfigSchema(program: "test", settings: PolicyAgentSettings.keys).load(
        file: nil, environment: [:],
        overrides: assignments.map { try ConfigOverride(assignment: "policy.opa.\($0)") }))
  }

  /// A file that only its owner can read.
  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "opa-\(UInt32.random(in: .min ... .max))").path
    _ = FileManager.default.createFile(
      atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  @Test func withoutAnAgent() throws { #expect(try settings([]) == nil) }

  @Test func allKeys() throws {
    try withFile("CANARY\n") { token in
      let settings = try #require(
        try settings([
          "url=https://opa.example", "decision-path=a/b", "timeout=500ms", "token-file=\(token)",
        ]))
      #expect(settings.url.description == "https://opa.example:443/")
      #expect(settings.path.rawValue == "a/b" && settings.timeout == .milliseconds(500))
      #expect(settings.token?.authorization == "Bearer CANARY")
      var dumped = ""
      dump(settings, to: &dumped)
      #expect(!dumped.contains("CANARY") && !"\(settings)".contains("CANARY"))
    }
  }

  @Test(arguments: [
    (["url=http://user:CANARY@127.0.0.1", "decision-path=a"], "policy.opa.url"),
    (["url=http://127.0.0.1:8181"], "policy.opa.decision-path is required"),
    (["url=http://127.0.0.1:8181", "decision-path=/a"], "policy.opa.decision-path"),
    (["url=http://127.0.0.1:8181", "decision-path=a", "timeout=1m"], "policy.opa.timeout"),
    (["url=http://127.0.0.1:8181", "decision-path=a", "ca-file=/x"], "policy.opa.ca-file"),
    (["url=https://opa.example", "decision-path=a", "ca-file=/nowhere"], "policy.opa.ca-file"),
    (["url=https://opa.example", "decision-path=a", "token-file=/nowhere"], "token-file"),
    (["decision-path=a"], "expected 'policy.opa.url' beside it"), (["ca-file=/x"], "ca-file"),
  ]) func refused(_ assignments: [String], _ place: String) throws {
    let error = #expect(throws: ConfigError.self) { try settings(assignments) }
    let text = error?.description ?? ""
    #expect(text.contains(place) && !text.contains("CANARY"), "\(text)")
  }

  @Test(arguments: ["", "\n", "a b", "CANARY\nCANARY\n", "CAN\u{0}RY"])
  func tokensThatAreNone(text: String) throws {
    try withFile(text) { file in
      let error = #expect(throws: ConfigError.self) {
        try settings(["url=https://opa.example", "decision-path=a", "token-file=\(file)"])
      }
      #expect(error?.description.contains("CANARY") == false)
    }
  }
}
