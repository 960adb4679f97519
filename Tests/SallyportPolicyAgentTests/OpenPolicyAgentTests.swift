import FoundationEssentials
import SallyportConfig
import SallyportCore
import SallyportPolicy
import Synchronization
import Testing

@testable import SallyportPolicyAgent

/// F11: whatever the agent does, nothing but a decision allows.
@Suite(.timeLimit(.minutes(1))) struct OpenPolicyAgentTests {
  private static let yes = #"{"result": true, "decision_id": "id-1"}"#

  private let input: PolicyInput

  init() throws { input = try PolicyInput(try JobFacts(command: ["make"]), ref: nil) }

  private static func allows(_ agent: OpenPolicyAgent, _ input: PolicyInput) async -> Bool {
    (try? await agent.ask(input))?.isAllowed == true
  }

  /// Asks an agent that answers by script.
  private func ask(
    timeout: Duration = .seconds(20), socket: String? = nil,
    respond: @escaping @Sendable (String, ScriptedAgent.Writer) async throws -> Bool,
    _ body: @escaping @Sendable (OpenPolicyAgent, ScriptedAgent) async throws -> Void
  ) async throws {
    try await ScriptedAgent.with(socket: socket, respond: respond) { scripted, url in
      var settings = try Self.settings(url)
      settings.timeout = timeout
      try await OpenPolicyAgent.with(settings) { agent in
        try await body(try #require(agent), scripted)
      }
    }
  }

  private static func settings(_ url: String) throws -> PolicyAgentSettings {
    PolicyAgentSettings(
      url: try PolicyAgentURL(url), path: try #require(DecisionPath("sallyport/worker/decision")))
  }

  /// Expects one way not to answer.
  private func expect(
    _ code: PolicyQueryError.Code, timeout: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation,
    respond: @escaping @Sendable (String, ScriptedAgent.Writer) async throws -> Bool
  ) async throws {
    let input = input
    try await ask(timeout: timeout, respond: respond) { agent, _ in
      let error = await #expect(throws: PolicyQueryError.self, sourceLocation: sourceLocation) {
        try await agent.ask(input)
      }
      #expect(error?.code == code, "\(error as Any)", sourceLocation: sourceLocation)
      #expect(error?.description.contains("CANARY") == false, sourceLocation: sourceLocation)
      #expect(await !Self.allows(agent, input), sourceLocation: sourceLocation)
    }
  }

  /// As OPA's REST API has it, on one connection that is kept.
  @Test func asksAsTheDataAPIHasIt() async throws {
    let input = input
    try await ask { _, writer in
      try await writer.answer(Self.yes)
      return true
    } _: { agent, scripted in
      for _ in 0..<3 {
        let answer = try await agent.ask(input)
        #expect(answer.isAllowed && answer.decisionID == "id-1")
      }
      let requests = scripted.requests
      #expect(requests.count == 3)
      let request = try #require(requests.first)
      #expect(request.hasPrefix("POST /v1/data/sallyport/worker/decision HTTP/1.1\r\n"))
      #expect(request.lowercased().contains("content-type: application/json\r\n"))
      #expect(request.lowercased().contains("host: 127.0.0.1:"))
      #expect(!request.lowercased().contains("authorization"))
      #expect(request.hasSuffix("\r\n\r\n" + String(decoding: input.body, as: UTF8.self)))
    }
  }

  @Test func showsItsToken() async throws {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "opa-\(UInt32.random(in: .min ... .max))").path
    try Data("s3cret\n".utf8).write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let input = input
    try await ScriptedAgent.with { _, writer in
      try await writer.answer(Self.yes)
      return true
    } _: { scripted, url in
      var settings = try Self.settings(url)
      settings.timeout = .seconds(20)
      settings.token = PolicyAgentToken(file: file)
      try await OpenPolicyAgent.with(settings) { _ = try await $0?.ask(input) }
      #expect(scripted.requests.first?.contains("authorization: Bearer s3cret\r\n") == true)
    }
  }

  @Test func overASocket() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "opa-\(UInt32.random(in: .min ... .max))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let input = input
    try await ask(socket: "\(folder)/o.sock") { _, writer in
      try await writer.answer(#"{"result": {"allow": false, "reason": "no"}}"#)
      return true
    } _: { agent, _ in
      let answer = try await agent.ask(input)
      #expect(!answer.isAllowed && answer.reason == "no")
    }
  }

  @Test func anAgentThatHangs() async throws {
    let never: @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(86_400)) }
    try await expect(.timeout, timeout: .milliseconds(200)) { _, _ in
      try await never()
      return true
    }
    // In the head, and in the body.
    try await expect(.timeout, timeout: .milliseconds(200)) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ncontent-")
      try await never()
      return true
    }
    try await expect(.timeout, timeout: .milliseconds(200)) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"result\": ")
      try await never()
      return true
    }
  }

  /// A byte now and then does not move the end.
  @Test func anAgentThatDrips() async throws {
    try await expect(.timeout, timeout: .milliseconds(300)) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
      while true {
        try await writer.send(" ")
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  @Test func answersThatAreTooLarge() async throws {
    let megabyte = String(repeating: "a", count: 1 << 20)
    try await expect(.tooLarge) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ncontent-length: \(10 << 20)\r\n\r\n")
      for _ in 0..<10 { try await writer.send(megabyte) }
      return true
    }
    try await expect(.tooLarge) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
      for _ in 0..<10 { try await writer.send("100000\r\n\(megabyte)\r\n") }
      try await writer.send("0\r\n\r\n")
      return true
    }
  }

  @Test func answersThatAreCut() async throws {
    try await expect(.unreachable) { _, _ in false }
    try await expect(.unreachable) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"result\": true")
      return false
    }
    // Whole JSON, but not the whole body.
    try await expect(.unreachable) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"result\": true}")
      return false
    }
    // Without a length its end is that of the connection.
    try await expect(.malformed) { _, writer in
      try await writer.send("HTTP/1.1 200 OK\r\n\r\n{\"result\": true")
      return false
    }
  }

  @Test(arguments: [
    "500 Internal Server Error", "404 Not Found", "400 Bad Request", "401 Unauthorized",
    "201 Created", "204 No Content",
  ]) func otherStatuses(status: String) async throws {
    try await expect(.status) { _, writer in
      let body = status.hasPrefix("204") ? "" : #"{"result": true, "message": "CANARY"}"#
      try await writer.answer(body, status: status)
      return true
    }
  }

  @Test func redirectsAreNotFollowed() async throws {
    let input = input
    try await ask { request, writer in
      guard request.contains("/v1/data/") else {
        try await writer.answer(Self.yes)
        return true
      }
      try await writer.answer(
        Self.yes, status: "307 Temporary Redirect", headers: "location: /elsewhere\r\n")
      return true
    } _: { agent, scripted in
      let error = await #expect(throws: PolicyQueryError.self) { try await agent.ask(input) }
      #expect(error?.code == .status)
      #expect(scripted.requests.count == 1)
    }
  }

  @Test(arguments: [
    ("{}", PolicyQueryError.Code.undefined), ("{\"result\": {}}", .malformed), ("", .malformed),
    ("CANARY", .malformed), ("{\"result\": \"CANARY\"}", .malformed),
  ]) func answersThatAreNone(_ body: String, _ code: PolicyQueryError.Code) async throws {
    try await expect(code) { _, writer in
      try await writer.answer(body)
      return true
    }
  }

  @Test(arguments: ["CANARY\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "SSH-2.0-CANARY\r\n\r\n"])
  func whatIsNotHTTP(text: String) async throws {
    let input = input
    try await ask { _, writer in
      try await writer.send(text)
      return false
    } _: { agent, _ in
      #expect(await !Self.allows(agent, input))
    }
  }

  @Test func encodingsThatWereNotAskedFor() async throws {
    try await expect(.malformed) { _, writer in
      try await writer.answer(Self.yes, headers: "content-encoding: gzip\r\n")
      return true
    }
  }

  /// A connection that was kept may be gone when it is used again: a question can be asked twice.
  @Test func aConnectionThatIsGone() async throws {
    let input = input
    let count = Mutex(0)
    try await ask { _, writer in
      let number = count.withLock {
        $0 += 1
        return $0
      }
      // The second question is taken and not answered.
      guard number != 2 else { return false }
      try await writer.answer(Self.yes)
      return true
    } _: { agent, scripted in
      for _ in 0..<2 {
        let answer = try await agent.ask(input)
        #expect(answer.isAllowed)
      }
      #expect(scripted.requests.count == 3)
    }
  }

  @Test func nobodyThere() async throws {
    let input = input
    let free = Mutex("")
    try await ScriptedAgent.with { _, _ in
      true
    } _: { _, url in
      free.withLock { $0 = url }
    }
    try await OpenPolicyAgent.with(try Self.settings(free.withLock { $0 })) { agent in
      let error = await #expect(throws: PolicyQueryError.self) { try await agent?.ask(input) }
      #expect(error?.code == .unreachable, "\(error as Any)")
    }
    try await OpenPolicyAgent.with(try Self.settings("unix:///nowhere/opa.sock")) { agent in
      let error = await #expect(throws: PolicyQueryError.self) { try await agent?.ask(input) }
      #expect(error?.code == .unreachable, "\(error as Any)")
    }
  }

  /// More questions than connections wait; more than may be open deny.
  @Test func manyQuestions() async throws {
    let input = input
    try await ask { _, writer in
      try await writer.answer(Self.yes)
      return true
    } _: { agent, scripted in
      let allowed = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<200 { group.addTask { await Self.allows(agent, input) } }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(allowed == 200 && scripted.requests.count == 200)
    }
    let questions = OpenQuestions()
    for _ in 0..<OpenPolicyAgent.maximumQuestions { #expect(questions.begin()) }
    #expect(questions.begin() == false)
    questions.end()
    #expect(questions.begin())
  }

  private func values(_ assignments: String...) throws -> ConfigValues {
    try ConfigSchema(program: "test", settings: PolicyAgentSettings.keys).load(
      file: nil, environment: [:],
      overrides: assignments.map { try ConfigOverride(assignment: $0) })
  }

  @Test func aCheckObeysNothing() async throws {
    let path = "policy.opa.decision-path=a/b"
    try await ScriptedAgent.with { request, writer in
      try await writer.answer(request.contains("\"check\":true") ? #"{"result": false}"# : "{}")
      return true
    } _: { _, url in
      try await PolicyAgentCheck.run(
        values("policy.opa.url=\(url)", path, "policy.opa.timeout=30s"), for: .worker)
      try await PolicyAgentCheck.run(values(), for: .worker)
    }
    try await ScriptedAgent.with { _, writer in
      try await writer.answer("{}")
      return true
    } _: { _, url in
      let error = await #expect(throws: ErrorReport.self) {
        try await PolicyAgentCheck.run(
          values("policy.opa.url=\(url)", path, "policy.opa.timeout=30s"), for: .agent)
      }
      #expect(error?.exitCode == ExitCode.unavailable)
      #expect(error?.message?.contains("is the decision path right?") == true, "\(error as Any)")
    }
  }
}
