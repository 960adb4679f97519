import Foundation
import SallyportCore
import SallyportLedger
import SallyportPolicy
import SallyportProtos
import SallyportTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// A worker that asks a policy agent, against a gateway that offers it whatever it likes.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct QueryAdmissionTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var mark: String { directory.file("mark") }
  private var hasRun: Bool { FileManager.default.fileExists(atPath: mark) }

  /// Answers by what the question holds.
  private final class Script: PolicyQuery {
    let path: DecisionPath
    let source = "script"
    private let answers: [(holds: String, answer: String)]
    private let received = Mutex<[String]>([])

    init(_ answers: (String, String)...) throws {
      path = try #require(DecisionPath("a/b"))
      self.answers = answers
    }

    var questions: [String] { received.withLock { $0 } }

    func ask(_ input: PolicyInput) async throws -> PolicyAnswer {
      let text = String(decoding: input.body, as: UTF8.self)
      received.withLock { $0.append(text) }
      let found = answers.first { $0.holds.isEmpty || text.contains($0.holds) }
      guard let found else { throw PolicyQueryError(.timeout) }
      return try PolicyAnswer(parsing: Array(found.answer.utf8), for: input.program)
    }
  }

  private final class Finished: Sendable {
    private let state = Mutex<Sallyport_Worker_V1_FinishAttemptRequest?>(nil)

    var request: Sallyport_Worker_V1_FinishAttemptRequest? { state.withLock { $0 } }

    func take(_ request: Sallyport_Worker_V1_FinishAttemptRequest) {
      state.withLock { $0 = request }
    }
  }

  private func run(
    _ script: Script, rules: String? = nil, checkouts: FakeCheckout = FakeCheckout(),
    ledger: MemoryLedger = MemoryLedger(), log: WorkerLog = WorkerLog(), ref: String? = nil
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    let policy = try rules.map { rules in
      PolicySource(
        try AdmissionPolicy(
          parsing: Array("version: 1\nrules:\n\(rules)\n".utf8), path: "p", for: .worker))
    }
    let finished = Finished()
    try await RunningWorker.with(
      checkouts: checkouts, logger: log.logger, ledger: ledger,
      configure: { settings in
        settings.admission.policy = policy
        settings.admission.query = script
      }
    ) { running in
      let attempt = AttemptID(job: .random(), epoch: 1)
      running.gateway.send {
        $0.offer.attempt = attempt.message
        $0.offer.externalID = running.gateway.externalID
        $0.offer.job.command = ["touch", mark]
        $0.offer.job.environment = ["PATH": "/usr/bin:/bin", "TOKEN": "CANARY-VALUE"]
        $0.offer.job.timeout.seconds = 60
        if let ref {
          $0.offer.job.checkout.vcsPool = "git"
          $0.offer.job.checkout.repository = "team/app.git"
          $0.offer.job.checkout.ref = ref
        }
      }
      let request: Sallyport_Worker_V1_FinishAttemptRequest = try await running.gateway.next {
        event in
        guard case .finish(let request) = event else { return nil }
        return request.attempt == attempt.message ? request : nil
      }
      finished.take(request)
    }
    return try #require(finished.request)
  }

  @Test func itAllows() async throws {
    let script = try Script(("", #"{"result": true, "decision_id": "id-1"}"#))
    let ledger = MemoryLedger()
    let request = try await run(script, ledger: ledger)
    #expect(request.outcome == .succeeded && hasRun, "\(request.reason)")
    let question = try #require(script.questions.first)
    #expect(question.contains(#""environment":["PATH","TOKEN"]"#))
    #expect(!question.contains("CANARY-VALUE"))
    let job = try #require(ledger.all(LedgerJob.self).first)
    #expect(job.decision.isAllowed && job.decision.rule == "opa")
    #expect(job.decision.policyAgent?.path == "a/b")
    #expect(job.decision.policyAgent?.decisionID == "id-1")
    #expect(ledger.all(LedgerPolicy.self).map(\.source) == ["script"])
  }

  @Test func itDeniesAndOnlyTheCustomerLearnsWhy() async throws {
    let script = try Script(
      ("", #"{"result": {"allow": false, "reason": "CANARY"}, "decision_id": "id-2"}"#))
    let (ledger, log) = (MemoryLedger(), WorkerLog())
    let request = try await run(script, ledger: ledger, log: log)
    #expect(request.denied && request.reason == "denied by customer policy: opa" && !hasRun)
    let job = try #require(ledger.all(LedgerJob.self).first)
    #expect(job.decision.reason == "CANARY" && job.decision.policyAgent?.decisionID == "id-2")
    let line = try #require(log.lines.first { $0.contains("job denied") })
    #expect(line.contains("reason=CANARY") && line.contains("opa-decision-id=id-2"))
  }

  @Test func withoutAnAnswerNothingRuns() async throws {
    for answers in [("nobody asks this", ""), ("", "{}"), ("", "CANARY")] {
      let request = try await run(try Script(answers))
      #expect(request.denied && request.reason == "denied by customer policy: opa" && !hasRun)
    }
  }

  @Test func theFileIsAskedFirst() async throws {
    let script = try Script(("", #"{"result": true}"#))
    let denied = try await run(script, rules: "  - {name: closed, action: deny}")
    #expect(denied.reason == "denied by customer policy: closed" && !hasRun)
    #expect(script.questions.isEmpty)
    let ledger = MemoryLedger()
    let request = try await run(
      script, rules: "  - {name: all, action: allow}", ledger: ledger)
    #expect(request.outcome == .succeeded && script.questions.count == 1)
    #expect(ledger.all(LedgerJob.self).first?.decision.rule == "all")
    #expect(ledger.all(LedgerJob.self).first?.decision.policyAgent?.path == "a/b")
  }

  /// `main` may be a branch or a tag: what is checked out is what file and agent allow.
  @Test func aShortRefBecomesTheOneThatBothAllow() async throws {
    let script = try Script(
      ("refs/tags/main", #"{"result": true}"#), ("refs/heads/main", #"{"result": false}"#))
    let checkouts = FakeCheckout()
    let request = try await run(script, checkouts: checkouts, ref: "main")
    #expect(request.outcome == .succeeded, "\(request.reason)")
    #expect(checkouts.requests.withLock { $0.map(\.ref) } == ["refs/tags/main"])
    let rules = "  - {name: branch, action: allow, refs: [refs/heads/main]}"
    let denied = try await run(script, rules: rules, checkouts: checkouts, ref: "main")
    #expect(denied.reason == "denied by customer policy: opa")
  }
}
