import SallyportConfig
import SallyportCore
import SallyportLedger
import SallyportPolicy
import SallyportTestSupport
import Testing

@testable import SallyportVCSAgent

/// The customer's rules, as they reach a client of Git.
@Suite struct AdmissionFetchPolicyTests {
  private static let main = String(repeating: "1", count: 40)
  private static let secret = String(repeating: "2", count: 40)

  private static let rules = """
    version: 1
    rules:
      - name: not-the-embargoed
        action: deny
        reason: not before the advisory is out
        refs: [refs/heads/security/**]
      - name: closed
        action: deny
        reason: PCI scope
        repositories: [team/closed.git]
      - name: branches
        action: allow
        repositories: [team/*]
        refs: [refs/heads/**]
    """

  private static func source(_ scratch: Scratch, _ text: String) throws -> PolicySource {
    try PolicySource(path: try scratch.write("policy.yaml", text), for: .agent)
  }

  private let upstream = ListedUpstream([
    ("refs/heads/main", main), ("refs/heads/security/fix", secret), ("refs/tags/v1", main),
  ])

  @Test func refsThatNoRuleAllowsAreNotThere() async throws {
    try await Scratch.with { scratch in
      let harness = try HandlerHarness(
        policy: AdmissionFetchPolicy(try Self.source(scratch, Self.rules)), upstream)
      let list = try await harness.advertise("team/app.git")
      #expect(list.text.contains("\(Self.main) refs/heads/main"))
      #expect(!list.text.contains("security") && !list.text.contains(Self.secret))
      #expect(!list.text.contains("refs/tags"))

      let fetched = try await harness.uploadPack("team/app.git", Self.want(Self.main))
      #expect(fetched.text.contains("PACK"))
      let refused = try await harness.uploadPack("team/app.git", Self.want(Self.secret))
      #expect(!refused.text.contains("PACK"))
      #expect(upstream.packs == 1)
    }
  }

  @Test func theLedgerHasTheRule() async throws {
    try await Scratch.with { scratch in
      let harness = try HandlerHarness(
        policy: AdmissionFetchPolicy(try Self.source(scratch, Self.rules)), upstream)
      _ = try await harness.advertise("team/app.git")
      _ = try await harness.uploadPack("team/app.git", Self.want(Self.main))
      _ = try await harness.advertise("team/closed.git")
      _ = try await harness.advertise("other/app.git")
      let requests = harness.ledger.all(LedgerRequest.self)
      #expect(
        requests.map { "\($0.event.rawValue) \($0.decision.rule ?? "-")" } == [
          "admitted -", "served -", "admitted branches", "served branches", "refused closed",
          "refused default",
        ])
      let closed = try #require(requests.first { $0.decision.rule == "closed" })
      #expect(closed.decision.reason == "not-allowed: PCI scope")
    }
  }

  /// The reason is the customer's: it is in the log, and not in what the worker gets.
  @Test func theWorkerIsNotToldTheReason() async throws {
    try await Scratch.with { scratch in
      let harness = try HandlerHarness(
        policy: AdmissionFetchPolicy(try Self.source(scratch, Self.rules)), upstream)
      let response = try await harness.advertise("team/closed.git")
      #expect(response.status == 404)
      #expect(!response.text.contains("PCI") && !response.text.contains("closed"))
      #expect(harness.log.text.contains("rule=closed"))
      #expect(harness.log.text.contains("PCI scope"))
    }
  }

  /// What was shown under one edition of the file opens nothing under the next.
  @Test func aReloadCountsForTheNextRequest() async throws {
    try await Scratch.with { scratch in
      let source = try Self.source(scratch, "version: 1\ndefault: allow\nrules: []\n")
      let harness = try HandlerHarness(policy: AdmissionFetchPolicy(source), upstream)
      #expect(try await harness.advertise("team/app.git").text.contains("security"))
      try scratch.write("policy.yaml", Self.rules)
      try source.reload()
      let before = upstream.packs
      for id in [Self.secret, Self.main] {
        let answer = try await harness.uploadPack("team/app.git", Self.want(id))
        #expect(!answer.text.contains("PACK"))
      }
      #expect(upstream.packs == before)
      _ = try await harness.advertise("team/app.git")
      let answer = try await harness.uploadPack("team/app.git", Self.want(Self.main))
      #expect(answer.text.contains("PACK"))
    }
  }

  private static func want(_ id: String) -> [UInt8] {
    .pktLines("want \(id) ofs-delta", "0000", "done")
  }
}
