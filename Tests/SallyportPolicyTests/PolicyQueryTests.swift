import FoundationEssentials
import SallyportCore
import SallyportPolicyTestSupport
import SallyportTestSupport
import Testing

@testable import SallyportPolicy

@Suite struct PolicyQueryTests {
  private func parse(
    _ body: String, for program: PolicyProgram = .worker
  ) throws(PolicyQueryError) -> PolicyAnswer {
    try PolicyAnswer(parsing: Array(body.utf8), for: program)
  }

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
    let answer = try parse(body)
    #expect(answer.isAllowed == (action == .allow) && answer.reason == reason)
    #expect(answer.refs == nil)
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
    ("{\"result\": {\"allow\": true, \"refs\": []}}", .malformed),
    ("{\"result\": 1e999}", .malformed), ("{\"code\": \"internal_error\"}", .undefined),
  ])
  func anythingElseDenies(_ body: String, _ code: PolicyQueryError.Code) throws {
    let error = try #require(throws: PolicyQueryError.self) {
      try parse(body)
    }
    #expect(error.code == code)
    #expect(!PolicyAnswer(error).isAllowed)
  }

  @Test func hugeAndDeepAndBinaryAnswers() {
    let huge = Array("{\"result\": true, \"x\": \"\(String(repeating: "a", count: 65_536))\"}".utf8)
    #expect(throws: PolicyQueryError(.tooLarge)) { try PolicyAnswer(parsing: huge, for: .worker) }
    let deep = Array("{\"result\": \(String(repeating: "[", count: 60_000))".utf8)
    #expect(throws: PolicyQueryError(.malformed)) { try PolicyAnswer(parsing: deep, for: .worker) }
    let object =
      "{\"result\": {\"allow\": true, \"x\": \(String(repeating: "{\"a\":", count: 10_000))"
    #expect(throws: PolicyQueryError(.malformed)) {
      try parse(object)
    }
    #expect(throws: PolicyQueryError(.malformed)) {
      try PolicyAnswer(parsing: [0xFF, 0xFE], for: .worker)
    }
    let wide = "{\"result\": true}".utf16.flatMap { [UInt8($0 & 0xFF), 0] }
    #expect(throws: PolicyQueryError(.malformed)) { try PolicyAnswer(parsing: wide, for: .worker) }
  }

  @Test func mutatedAnswers() {
    var generator = SeededGenerator(seed: 8)
    let seeds = ["{\"result\": true}", "{\"result\": {\"allow\": false, \"reason\": \"x\"}}"]
    for _ in 0..<20_000 {
      var bytes = Array(generator.pick(seeds).utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      _ = try? PolicyAnswer(parsing: bytes, for: .worker)
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
        == #"{"input":{"check":false,"command":["make","a\"b"],"environment":["CI","LANG"],"image":null,"#
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
        == #"{"input":{"check":false,"grant":null,"program":"agent","repository":"a/b","#
        + #""signed":false,"signers":[],"version":1,"worker":"spiffe://acme.example/worker/a"}}"#)
    let job = JobID.random()
    let granted = try PolicyInput(
      repository: try RepositoryName("a/b"), caller: try caller(),
      grant: PolicyInput.Grant(job: job, ref: "refs/heads/main", commit: nil))
    #expect(
      String(decoding: granted.body, as: UTF8.self).contains(
        #""grant":{"commit":null,"job":"\#(job)","ref":"refs/heads/main"}"#))
  }

  /// What is asked to find out whether there is an answer names nothing.
  @Test(arguments: PolicyProgram.allCases) func inputOfACheck(program: PolicyProgram) throws {
    let text = String(decoding: try PolicyInput(checking: program).body, as: UTF8.self)
    #expect(text.contains(#""check":true"#) && text.contains(#""repository":null"#))
    #expect(text.contains(#""program":"\#(program.rawValue)""#))
  }

  @Test func inputsAreBounded() throws {
    let argument = String(repeating: "\u{1}", count: 100_000)
    let job = try JobFacts(command: ["x", argument, argument])
    let error = try #require(throws: PolicyQueryError.self) { try PolicyInput(job, ref: nil) }
    #expect(error.code == .inputTooLarge)
  }

  @Test func refsOfAnAgent() throws {
    let answer = try parse(
      #"{"result": {"allow": true, "refs": ["refs/heads/main", "refs/tags/**"]}}"#, for: .agent)
    #expect(answer.refs?.map(\.text) == ["refs/heads/main", "refs/tags/**"])
    #expect(try parse(#"{"result": {"allow": true, "refs": []}}"#, for: .agent).refs == [])
    let many = Array(repeating: "\"HEAD\"", count: 257).joined(separator: ",")
    for refs in ["null", "1", "\"**\"", "[1]", "[null]", "[\"main\"]", "[\"\"]", "[\(many)]"] {
      let error = #expect(throws: PolicyQueryError.self) {
        try parse("{\"result\": {\"allow\": true, \"refs\": \(refs)}}", for: .agent)
      }
      #expect(error?.code == .malformed, "\(refs)")
    }
  }

  /// What goes into ledger and log as it stands.
  @Test(arguments: [
    (#""4ca636c1-55e4-417a-b1d8-4aceb67960d1""#, "4ca636c1-55e4-417a-b1d8-4aceb67960d1"),
    (#""""#, nil), (#""a b""#, nil), (#""a\nb""#, nil), ("1", nil), ("null", nil),
    ("\"\(String(repeating: "a", count: 129))\"", nil),
  ]) func decisionIDs(_ text: String, _ id: String?) throws {
    #expect(try parse(#"{"result": true, "decision_id": \#(text)}"#).decisionID == id)
  }

  @Test func decisionPaths() {
    for text in ["a", "sallyport/worker/decision", "x-y/Z_9"] {
      #expect(DecisionPath(text)?.rawValue == text)
    }
    let long = String(repeating: "a", count: 257)
    for text in ["", "/a", "a/", "a//b", "a/../b", "data.a.b", "a b", "a%2fb", "a?b", "ä", long] {
      #expect(DecisionPath(text) == nil, "\(text)")
    }
  }

  /// Answers each question by what it holds; throws where nothing fits.
  private struct Scripted: PolicyQuery {
    let path: DecisionPath
    let source = "script"
    let answers: [(holds: String, answer: Result<PolicyAnswer, PolicyQueryError>)]

    func ask(_ input: PolicyInput) async throws -> PolicyAnswer {
      let text = String(decoding: input.body, as: UTF8.self)
      guard let found = answers.first(where: { text.contains($0.holds) }) else {
        throw CancellationError()
      }
      return try found.answer.get()
    }
  }

  private func scripted(
    _ answers: [(String, Result<PolicyAnswer, PolicyQueryError>)]
  ) throws -> Scripted {
    Scripted(path: try #require(DecisionPath("a/b")), answers: answers)
  }

  private func query(_ answers: (String, String)...) throws -> Scripted {
    try scripted(
      answers.map { holds, body in
        (holds, Result { () throws(PolicyQueryError) in try parse(body) })
      })
  }

  @Test func errorsDeny() async throws {
    let job = try JobFacts(command: ["x"])
    for code in PolicyQueryError.Code.allCases {
      let failing = try scripted([("", .failure(PolicyQueryError(code, "x\n")))])
      let decision = await failing.decide(job, after: nil)
      #expect(!decision.isAllowed && decision.refusal == "denied by customer policy: opa")
      #expect(decision.reason?.contains("\n") == false)
      #expect(decision.reference == PolicyReference(path: failing.path))
    }
    #expect(try await !scripted([]).decide(job, after: nil).isAllowed)
  }

  /// Both must allow; the rule of the file is named where they do, and the agent's decision.
  @Test func afterAFile() async throws {
    let job = try JobFacts(command: ["x"])
    let allows = try query(("", #"{"result": true, "decision_id": "7"}"#))
    let rule = PolicyDecision(action: .allow, source: .rule(try RuleName("builds")))
    let both = await allows.decide(job, after: rule)
    #expect(both.isAllowed && both.source == rule.source && both.reference?.decisionID == "7")
    #expect(await allows.decide(job, after: nil).source == .openPolicyAgent)

    let file = PolicyDecision(action: .deny, source: .default)
    #expect(try await scripted([]).decide(job, after: file) == file)
    let denies = try query(("", #"{"result": {"allow": false, "reason": "no"}}"#))
    let denied = await denies.decide(job, after: rule)
    #expect(!denied.isAllowed && denied.source == .openPolicyAgent && denied.reason == "no")
  }

  /// `main` may be a branch or a tag: each is asked about.
  @Test func shortRefs() async throws {
    let job = try JobFacts(checkout: try checkout("a", "main"), command: ["x"])
    let (yes, no) = (#"{"result": true}"#, #"{"result": false}"#)
    let tag = try query(("refs/heads/main", no), ("refs/tags/main", yes))
    #expect(await tag.decide(job, after: nil).refs == ["refs/tags/main"])
    #expect(try await query(("", yes)).decide(job, after: nil).refs.count == 2)
    #expect(try await !query(("", no)).decide(job, after: nil).isAllowed)
    // Only what the file allows is asked about.
    let branch = PolicyDecision(action: .allow, source: .default, refs: ["refs/heads/main"])
    #expect(await !tag.decide(job, after: branch).isAllowed)
    // What has no answer may not decide what is checked out.
    #expect(try await !query(("refs/heads/main", yes)).decide(job, after: nil).isAllowed)
    let commit = try JobFacts(checkout: try checkout("a", nil), command: ["x"])
    let byID = try query((#""unadvertised_commit":true"#, yes))
    #expect(await byID.decide(commit, after: nil).isAllowed)
  }
}
