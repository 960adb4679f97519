import SallyportConfig
import SallyportCore
import SallyportLedger
import SallyportPolicy
import SallyportTestSupport
import Synchronization
import Testing

@testable import SallyportVCSAgent

/// What an Open Policy Agent leaves of what the list of repositories allows.
@Suite struct QueriedFetchPolicyTests {
  private static let main = String(repeating: "1", count: 40)
  private static let secret = String(repeating: "2", count: 40)

  /// Answers what it was last given; without anything, not at all.
  private final class Agent: PolicyQuery {
    let path: DecisionPath
    let source = "script"
    private let state = Mutex((answer: String?.none, questions: [String]()))

    init(_ answer: String?) throws {
      path = try #require(DecisionPath("a/b"))
      self.answer(answer)
    }

    func answer(_ answer: String?) { state.withLock { $0.answer = answer } }

    var questions: [String] { state.withLock { $0.questions } }

    func ask(_ input: PolicyInput) async throws -> PolicyAnswer {
      let answer = state.withLock { state in
        state.questions.append(String(decoding: input.body, as: UTF8.self))
        return state.answer
      }
      guard let answer else { throw PolicyQueryError(.timeout) }
      return try PolicyAnswer(parsing: Array(answer.utf8), for: input.program)
    }
  }

  private let upstream = ListedUpstream([
    ("refs/heads/main", main), ("refs/heads/secret", secret), ("refs/tags/v1", main),
  ])

  private func harness(_ agent: Agent) throws -> HandlerHarness {
    try HandlerHarness(
      policy: QueriedFetchPolicy(try AdmissionFetchPolicy.repositories(["team/*"]), agent), upstream
    )
  }

  private func want(_ id: String) -> [UInt8] {
    .pktLines("want \(id) ofs-delta", "0000", "done")
  }

  @Test func itAllowsAllOrSomeRefs() async throws {
    let agent = try Agent(#"{"result": true, "decision_id": "id-1"}"#)
    let harness = try harness(agent)
    #expect(try await harness.advertise("team/app.git").text.contains("secret"))
    let question = try #require(agent.questions.first)
    #expect(question.contains(#""repository":"team/app.git""#))
    #expect(question.contains(#""worker":"spiffe://customer.example/worker/w1""#))

    agent.answer(#"{"result": {"allow": true, "refs": ["refs/heads/main"]}}"#)
    // What was shown before opens nothing now.
    #expect(
      try await !harness.uploadPack("team/app.git", want(Self.secret)).text.contains("PACK"))
    let list = try await harness.advertise("team/app.git")
    #expect(list.text.contains("refs/heads/main"))
    #expect(!list.text.contains("secret") && !list.text.contains("refs/tags"))
    #expect(
      try await !harness.uploadPack("team/app.git", want(Self.secret)).text.contains("PACK"))
    #expect(try await harness.uploadPack("team/app.git", want(Self.main)).text.contains("PACK"))
    let admitted = harness.ledger.all(LedgerRequest.self).filter { $0.event == .admitted }
    #expect(admitted.allSatisfy { $0.decision.policyAgent?.path == "a/b" })
    #expect(admitted.first?.decision.policyAgent?.decisionID == "id-1")
  }

  /// F11: error, undefined, timeout, and what is no decision.
  @Test(arguments: [
    nil, "{}", "CANARY", #"{"result": false}"#,
    #"{"result": {"allow": false, "reason": "CANARY"}, "decision_id": "id-2"}"#,
    #"{"result": {"allow": true, "refs": []}}"#, #"{"result": {"allow": true, "refs": null}}"#,
    #"{"result": {"allow": false, "refs": ["**"]}}"#,
    #"{"result": {"allow": true, "refs": ["main"]}}"#,
  ]) func withoutItsWordNothingIsServed(_ answer: String?) async throws {
    let harness = try harness(try Agent(answer))
    let response = try await harness.advertise("team/app.git")
    #expect(response.status == 404 && !response.text.contains("CANARY"))
    let fetched = try await harness.uploadPack("team/app.git", want(Self.main))
    #expect(!fetched.text.contains("PACK") && upstream.packs == 0)
    let refused = try #require(harness.ledger.all(LedgerRequest.self).first)
    #expect(refused.decision.rule == "opa" && refused.decision.policyAgent?.path == "a/b")
  }

  /// It narrows, and never widens.
  @Test func whatTheListDeniesIsNotAskedAbout() async throws {
    let agent = try Agent(#"{"result": {"allow": true, "refs": ["**"]}}"#)
    let harness = try harness(agent)
    #expect(try await harness.advertise("other/app.git").status == 404)
    #expect(agent.questions.isEmpty)
    #expect(try await harness.advertise("team/app.git").text.contains("refs/tags/v1"))
  }
}
