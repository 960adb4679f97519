import FoundationEssentials
import SallyportPolicy
import Testing

@testable import SallyportPolicyAgent

/// Figures, not promises: what one question costs besides the agent's own work.
@Suite(
  .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["SALLYPORT_OPA_MEASURE"] != nil))
struct MeasureTests {
  @Test(arguments: [false, true]) func howLongOneQuestionTakes(socket: Bool) async throws {
    let count = 5_000
    let path = FileManager.default.temporaryDirectory.appending(path: "opa-measure.sock").path
    try? FileManager.default.removeItem(atPath: path)
    let job = try JobFacts(
      command: ["make", "test"], environment: (0..<20).map { "CI_VARIABLE_\($0)" },
      timeout: .seconds(600))
    try await ScriptedAgent.with(socket: socket ? path : nil) { _, writer in
      try await writer.answer(#"{"result": {"allow": true}}"#)
      return true
    } _: { _, url in
      let settings = PolicyAgentSettings(
        url: try PolicyAgentURL(url), path: try #require(DecisionPath("a/b")))
      try await OpenPolicyAgent.with(settings) { agent in
        let agent = try #require(agent)
        var times: [Duration] = []
        for _ in 0..<count {
          let start = ContinuousClock.now
          let decision = await agent.decide(job, after: nil)
          times.append(ContinuousClock.now - start)
          #expect(decision.isAllowed)
        }
        times.sort()
        print(
          "one question over \(socket ? "a socket" : "TCP"): p50 \(times[count / 2]), "
            + "p99 \(times[count * 99 / 100]), worst \(times[count - 1])")
      }
    }
    try? FileManager.default.removeItem(atPath: path)
  }
}
