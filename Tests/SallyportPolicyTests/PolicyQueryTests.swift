import FoundationEssentials
import SallyportCore
import SallyportPolicyTestSupport
import Testing

@testable import SallyportPolicy

@Suite struct PolicyQueryTests {
  @Test(arguments: [
    ("{\"result\": true}", PolicyAction.allow, nil), ("{\"result\": false}", .deny, nil),
    ("{\"result\": {\"allow\": true}}", .allow, nil),
    ("{\"result\": {\"allow\": false, \"reason\": \"no\\nway\"}}", .deny, "no\\nway"),
    (
      "{\"result\": {\"allow\": true, \"reason\": null, \"helper\": [1]}, \"decision_id\": \"x\"}",
      .allow, nil
    ),
  ])
  func answers(_ body: String, _ action: PolicyAction, _ reason: String?) throws {
    let decision = try PolicyAnswer.decision(from: Array(body.utf8))
    #expect(decision.action == action && decision.reason == reason)
    #expect(decision.source == .openPolicyAgent)
  }

  /// F11: nothing but a decision allows.
  @Test(arguments: [
    ("{}", PolicyQueryError.Code.undefined), ("{\"decision_id\": \"x\"}", .undefined),
    ("{\"Result\": true}", .undefined), ("", .malformed), ("true", .malformed),
    ("[]", .malformed), ("null", .malformed), ("{\"result\": null}", .malformed),
    ("{\"result\": 1}", .malformed), ("{\"result\": \"true\"}", .malformed),
    ("{\"result\": [true]}", .malformed), ("{\"result\": {}}", .malformed),
    ("{\"result\": {\"allow\": 1}}", .malformed),
    ("{\"result\": {\"allow\": \"yes\"}}", .malformed),
    ("{\"result\": {\"allow\": null}}", .malformed),
    ("{\"result\": {\"deny\": false}}", .malformed),
    ("{\"result\": {\"allow\": true, \"reason\": 1}}", .malformed),
    ("{\"result\": true", .malformed), ("{\"result\": true} x", .malformed),
    ("{\"result\": True}", .malformed), ("<html>", .malformed), ("{\"result\": tru}", .malformed),
    ("{\"result\": 1e999}", .malformed), ("{\"code\": \"internal_error\"}", .undefined),
  ])
  func anythingElseDenies(_ body: String, _ code: PolicyQueryError.Code) throws {
    let error = try #require(throws: PolicyQueryError.self) {
      try PolicyAnswer.decision(from: Array(body.utf8))
    }
    #expect(error.code == code)
    #expect(!error.decision.isAllowed && error.decision.source == .openPolicyAgent)
  }

  @Test func hugeAndDeepAndBinaryAnswers() {
    let huge = Array("{\"result\": true, \"x\": \"\(String(repeating: "a", count: 65_536))\"}".utf8)
    #expect(throws: PolicyQueryError(.tooLarge)) { try PolicyAnswer.decision(from: huge) }
    let deep = Array("{\"result\": \(String(repeating: "[", count: 60_000))".utf8)
    #expect(throws: PolicyQueryError(.malformed)) { try PolicyAnswer.decision(from: deep) }
    let object =
      "{\"result\": {\"allow\": true, \"x\": \(String(repeating: "{\"a\":", count: 10_000))"
    #expect(throws: PolicyQueryError(.malformed)) {
      try PolicyAnswer.decision(from: Array(object.utf8))
    }
    #expect(throws: PolicyQueryError(.malformed)) { try PolicyAnswer.decision(from: [0xFF, 0xFE]) }
    let wide = "{\"result\": true}".utf16.flatMap { [UInt8($0 & 0xFF), 0] }
    #expect(throws: PolicyQueryError(.malformed)) { try PolicyAnswer.decision(from: wide) }
  }

  @Test func mutatedAnswers() {
    var generator = TestGenerator(seed: 8)
    let seeds = ["{\"result\": true}", "{\"result\": {\"allow\": false, \"reason\": \"x\"}}"]
    for _ in 0..<20_000 {
      var bytes = Array(generator.pick(seeds).utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      _ = try? PolicyAnswer.decision(from: bytes)
    }
  }

  @Test func inputOfAJob() throws {
    let job = try JobFacts(
      checkout: try checkout("team/app.git", "main"), command: ["make", "a\"b"],
      environment: ["LANG", "CI"], timeout: .milliseconds(1_500), signers: [keyA],
      labels: ["zone": "eu"])
    let input = try PolicyInput(job, ref: "refs/heads/main")
    #expect(
      String(decoding: input.body, as: UTF8.self)
        == #"{"input":{"command":["make","a\"b"],"environment":["CI","LANG"],"image":null,"#
        + #""labels":{"zone":"eu"},"program":"worker","ref":"refs/heads/main","#
        + #""repository":"team/app.git","secrets":[],"signed":true,"signers":["\#(keyA)"],"#
        + #""submitter":null,"timeout_seconds":2,"unadvertised_commit":false,"version":1}}"#)
    let empty = try PolicyInput(try JobFacts(command: ["x"]), ref: nil)
    let text = String(decoding: empty.body, as: UTF8.self)
    #expect(text.contains(#""repository":null"#) && text.contains(#""timeout_seconds":null"#))
    #expect(text.contains(#""signed":false"#) && text.contains(#""unadvertised_commit":false"#))
    let commit = try JobFacts(checkout: try checkout("a", nil), command: ["x"])
    let byID = String(decoding: try PolicyInput(commit, ref: nil).body, as: UTF8.self)
    #expect(byID.contains(#""unadvertised_commit":true"#))
  }

  @Test func inputOfAFetch() throws {
    let input = try PolicyInput(repository: try RepositoryName("a/b"), caller: try caller())
    #expect(
      String(decoding: input.body, as: UTF8.self)
        == #"{"input":{"program":"agent","ref":null,"repository":"a/b","signed":false,"#
        + #""signers":[],"unadvertised_commit":false,"version":1,"#
        + #""worker":"spiffe://acme.example/worker/a"}}"#)
  }

  @Test func inputsAreBounded() throws {
    let argument = String(repeating: "\u{1}", count: 100_000)
    let job = try JobFacts(command: ["x", argument, argument])
    let error = try #require(throws: PolicyQueryError.self) { try PolicyInput(job, ref: nil) }
    #expect(error.code == .inputTooLarge)
  }

  private struct Failing: PolicyQuery {
    let error: any Error
    func decide(_: PolicyInput) async throws -> PolicyDecision { throw error }
  }

  @Test func errorsDeny() async throws {
    let input = try PolicyInput(try JobFacts(command: ["x"]), ref: nil)
    for code in PolicyQueryError.Code.allCases {
      let decision = await Failing(error: PolicyQueryError(code, "x\n")).decision(input)
      #expect(!decision.isAllowed && decision.refusal == "denied by customer policy: opa")
      #expect(decision.reason?.contains("\n") == false)
    }
    #expect(await !Failing(error: CancellationError()).decision(input).isAllowed)
  }
}
