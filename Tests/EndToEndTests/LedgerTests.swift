import FoundationEssentials
import Testing

/// What worker and VCS agent have recorded of a job, read by the command line and by a verifier that
/// shares no code with it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct LedgerTests {
  private static let verifier =
    "\(Executables.packageRoot)/Tests/SallyportLedgerTests/Resources/verify_ledger.py"

  /// Both verifiers find the same last record.
  ///
  /// - Returns: It, as `SEQ:HASH`.
  @discardableResult
  private func verify(
    _ folder: String, expecting anchor: String? = nil, by executables: Executables,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let ours = try await executables.run(
      "sallyport",
      ["ledger", "verify", folder, "--output", "json"] + (anchor.map { ["--expect", $0] } ?? []))
    try #require(ours.status == 0, "\(ours.errorText)", sourceLocation: sourceLocation)
    let theirs = try await executables.run(
      "/usr/bin/python3", [Self.verifier, folder] + (anchor.map { [$0] } ?? []))
    try #require(
      theirs.status == 0, "\(theirs.text) \(theirs.errorText)", sourceLocation: sourceLocation)
    let last = try JSONDecoder().decode(Verified.self, from: Data(ours.output)).last
    #expect(theirs.text.contains(last), sourceLocation: sourceLocation)
    return last
  }

  private struct Verified: Decodable {
    let last: String
  }

  private struct Record: Decodable {
    let kind: String
    let event: String?
    let decision: String?
    let outcome: String?
    let key: String?
    let job: String?
    let repository: String?
    let admission: Int?
    let seq: Int
  }

  @Test func aSignedJobIsRecordedOnBothSides() async throws {
    try await SigningCustomer.with { customer in
      let stack = customer.stack
      let job = try await customer.run(
        ["--repo", "on-prem:team/app.git", "--ref", "refs/heads/main"], command: ["true"])
      #expect(job.state == "succeeded", "\(job.reason ?? "")")
      let unsigned = try await stack.submit([], command: ["true"])
      #expect(unsigned.result.status != 0)

      let folders = (worker: "\(stack.data)/worker-1/ledger", agent: "\(stack.data)/agent-1/ledger")
      let worker: [Record] = try await stack.executables.ledger(folders.worker, of: job.id)
      #expect(worker.map(\.kind) == ["job", "relay", "grant", "relay", "attempt"])
      #expect(worker.first?.decision == "allow" && worker.first?.key != nil)
      #expect(worker.first?.repository == "team/app.git")
      #expect(worker.last?.outcome == "succeeded")
      let denied: [Record] = try await stack.executables.ledger(folders.worker, of: unsigned.id)
      #expect(denied.map(\.kind) == ["job"] && denied.first?.decision == "deny")

      let agent: [Record] = try await stack.executables.ledger(folders.agent, of: job.id)
      #expect(agent.first?.kind == "grant" && agent.first?.key == worker.first?.key)
      let requests = agent.dropFirst()
      #expect(!requests.isEmpty && requests.allSatisfy { $0.kind == "request" })
      let admitted = Set(requests.filter { $0.event == "admitted" }.map(\.seq))
      #expect(Set(requests.filter { $0.event == "served" }.compactMap(\.admission)) == admitted)
      for folder in [folders.worker, folders.agent] {
        try await verify(folder, by: stack.executables)
      }
    }
  }

  /// `kill -9` in the middle of a job, and a worker that goes on in the same ledger.
  @Test func aKilledWorkersLedgerIsWholeAndGoesOn() async throws {
    try await Stack.with { stack in
      let signal = try Signal(in: stack.data)
      let folder = "\(stack.data)/worker-1/ledger"
      let job = try await stack.submitWithoutFollowing(
        [], command: ["sh", "-c", "echo here > \(signal.path); exec sleep 600"])
      _ = try await signal.received(using: stack.executables)
      try await stack.kill(try await stack.worker())
      let anchor = try await verify(folder, by: stack.executables)
      try await stack.startWorkerAgain("worker-1")
      let next = try await stack.submit([], command: ["true"])
      #expect(next.result.status == 0)
      try await verify(folder, expecting: anchor, by: stack.executables)
      let records: [Record] = try await stack.executables.ledger(folder, of: job)
      #expect(records.map(\.kind) == ["job", "attempt"])
      #expect(records.last?.outcome == "lost")
    }
  }
}
