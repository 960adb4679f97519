import FoundationEssentials
import SallyportProtos
import SwiftProtobuf
import Testing

/// A vendor who changes what was signed, one field of each job, and sends it with the real gateway:
/// nothing of it runs, nothing is fetched, and the customer has it in writing.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HostileVendorTests {
  private struct Change: Sendable {
    /// What the refusal names.
    let part: String
    let apply: @Sendable (inout Sallyport_Worker_V1_JobSpec) -> Void

    init(_ part: String, _ apply: @escaping @Sendable (inout Sallyport_Worker_V1_JobSpec) -> Void) {
      self.part = part
      self.apply = apply
    }
  }

  private static let changes = [
    Change("command") { $0.command[1] += "x" },
    Change("command") { $0.command.swapAt(1, 2) },
    Change("command") { $0.command.removeLast() },
    Change("environment") { $0.environment["LD_PRELOAD"] = "/tmp/x.so" },
    Change("environment") { $0.environment = [:] },
    Change("checkout") { $0.checkout.repository = "team/other.git" },
    Change("checkout") { $0.checkout.ref = "refs/heads/other" },
    Change("checkout") { $0.checkout.commit = String(repeating: "1", count: 40) },
    Change("checkout") { $0.checkout.vcsPool = "other" },
    Change("checkout") { $0.clearCheckout() },
    Change("secrets") { spec in
      spec.secrets = [
        .with {
          $0.name = "deploy-key"
          $0.file = "key"
        }
      ]
    },
    Change("image") { $0.image = "registry.example/evil" },
    Change("timeout") { $0.timeout.seconds += 1 },
    Change("not signed") { $0.signedJob = Data() },
    Change("envelope") { $0.signedJob.removeLast() },
  ]

  private struct Record: Decodable {
    let kind: String
    let decision: String?
  }

  @Test func whateverIsChangedIsRefusedAndOnRecord() async throws {
    try await SigningCustomer.with { customer in
      let stack = customer.stack
      let mark = "\(stack.data)/mark"
      try #require(
        try await stack.sallyport("pool", "pause", "builders", "--reason", "x").status == 0)
      var jobs: [String] = []
      for _ in Self.changes {
        let file = try await customer.sign(
          [
            "--repo", "on-prem:team/app.git", "--ref", "refs/heads/main", "--env", "LANG=C",
            "--timeout", "60s",
          ], command: ["touch", mark, "\(mark)-2"])
        jobs.append(try await customer.submit(file))
      }
      try await stack.stop(try await stack.gateway)
      for (job, change) in zip(jobs, Self.changes) { try await rewrite(job, change, stack) }
      try await stack.startGatewayAgain()
      try #require(try await stack.sallyport("pool", "resume", "builders").status == 0)

      for (job, change) in zip(jobs, Self.changes) {
        let ended = try await customer.end(of: job)
        let reason = ended.reason ?? ""
        #expect(ended.state == "failed" && ended.exitCode == nil && ended.commit == nil)
        #expect(
          reason.hasPrefix("denied by customer policy: signature") && reason.contains(change.part),
          "\(change.part): \(reason)")
        #expect(ended.relayBytesToWorker == 0)
        let worker: [Record] = try await stack.executables.ledger(
          "\(stack.data)/worker-1/ledger", of: job)
        #expect(
          worker.contains { $0.kind == "job" && $0.decision == "deny" }, "\(change.part)")
        let agent: [Record] = try await stack.executables.ledger(
          "\(stack.data)/agent-1/ledger", of: job)
        #expect(agent.isEmpty, "\(change.part)")
      }
      #expect(!FileManager.default.fileExists(atPath: mark))
      #expect(!FileManager.default.fileExists(atPath: "\(mark)-2"))
    }
  }

  /// Changes a job in the database of a gateway that is stopped.
  private func rewrite(_ job: String, _ change: Change, _ stack: Stack) async throws {
    let file = "\(stack.data)/spec-\(job)"
    try await stack.database(
      """
      row = db.execute("SELECT spec FROM job_spec JOIN job ON job.sequence = job_spec.job "
                       "WHERE job.id = ?", (sys.argv[2],)).fetchone()
      open(sys.argv[3], "wb").write(row[0])
      """, job, file)
    var spec = try Sallyport_Worker_V1_JobSpec(
      serializedBytes: try Data(contentsOf: URL(filePath: file)))
    let before = spec
    change.apply(&spec)
    #expect(spec != before, "\(change.part)")
    try (spec.serializedBytes() as Data).write(to: URL(filePath: file))
    try await stack.database(
      """
      cursor = db.execute("UPDATE job_spec SET spec = ? WHERE job = (SELECT sequence FROM job "
                          "WHERE id = ?)", (open(sys.argv[3], "rb").read(), sys.argv[2]))
      assert cursor.rowcount == 1
      """, job, file)
  }
}
