import FoundationEssentials
import Testing

/// A worker and a VCS agent that serve signed jobs only, and a vendor who has everything that a
/// vendor has: gateway, operators, database.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SignedJobTests {
  private static let checkout = ["--repo", "on-prem:team/app.git", "--ref", "refs/heads/main"]

  private func denied(
    _ job: Stack.ShownJob, because text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(job.state == "failed" && job.exitCode == nil, sourceLocation: sourceLocation)
    let reason = job.reason ?? ""
    #expect(
      reason.hasPrefix("denied by customer policy: signature") && reason.contains(text),
      "\(reason)", sourceLocation: sourceLocation)
  }

  @Test func whatIsSignedRunsAndNothingElseDoes() async throws {
    try await SigningCustomer.with { customer in
      let stack = customer.stack
      let mark = "\(stack.data)/mark"
      let job = try await customer.run(
        Self.checkout, command: ["cp", "module-1/part-1/file-1.txt", mark])
      #expect(job.state == "succeeded", "\(job.reason ?? "")")
      #expect(job.commit == (try await stack.git("rev-parse", "main")))
      #expect(FileManager.default.fileExists(atPath: mark))

      // An operator of the vendor's, with every right that one has.
      let other = "\(stack.data)/other"
      for options in [[], ["--repo", "on-prem:team/app.git", "--ref", "main"]] {
        let unsigned = try await stack.submit(options, command: ["touch", other])
        #expect(unsigned.result.status != 0)
        denied(try await stack.show(unsigned.id), because: "not signed")
      }
      #expect(!FileManager.default.fileExists(atPath: other))
    }
  }

  /// The vendor writes into its own database what the gateway then sends with a straight face.
  @Test func aVendorWhoChangesItsDatabaseRunsNothing() async throws {
    try await SigningCustomer.with { customer in
      let stack = customer.stack
      let marks = (signed: "\(stack.data)/mark-a", forged: "\(stack.data)/mark-b")
      let ran = try await customer.run(command: ["true"])
      #expect(ran.state == "succeeded")
      try #require(
        try await stack.sallyport("pool", "pause", "builders", "--reason", "x").status == 0)
      let job = try await customer.submit(
        try await customer.sign(command: ["touch", marks.signed]))

      try await stack.stop(try await stack.gateway)
      try await stack.database(
        """
        row = db.execute("SELECT job, spec FROM job_spec ORDER BY job DESC LIMIT 1").fetchone()
        spec = row[1].replace(b"mark-a", b"mark-b", 1)
        assert spec != row[1]
        db.execute("UPDATE job_spec SET spec = ? WHERE job = ?", (spec, row[0]))
        db.execute("UPDATE job SET state = 'queued', finished_at = NULL, started_at = NULL, "
                   "exit_code = NULL WHERE id = ?", (sys.argv[2],))
        """, ran.id)
      try await stack.startGatewayAgain()
      try #require(try await stack.sallyport("pool", "resume", "builders").status == 0)

      denied(try await customer.end(of: job), because: "command")
      denied(try await customer.end(of: ran.id), because: "has run already")
      for mark in [marks.signed, marks.forged] {
        #expect(!FileManager.default.fileExists(atPath: mark))
      }
    }
  }

  @Test func aRevokedKeyEndsWhateverWasSignedEarlier() async throws {
    try await SigningCustomer.with { customer in
      let stack = customer.stack
      let mark = "\(stack.data)/mark"
      try #require(
        try await stack.sallyport("pool", "pause", "builders", "--reason", "x").status == 0)
      let first = try await customer.submit(
        try await customer.sign(Self.checkout, command: ["touch", mark]))
      let second = try await customer.sign(command: ["touch", mark])
      try await customer.revokeKey()
      try #require(try await stack.sallyport("pool", "resume", "builders").status == 0)
      for job in [first, try await customer.submit(second)] {
        denied(try await customer.end(of: job), because: "revoked")
      }
      #expect(!FileManager.default.fileExists(atPath: mark))
    }
  }

  /// Nobody asks the vendor, and no process is restarted.
  @Test func aTrustRootThatIsTakenAwayEndsEveryFetch() async throws {
    try await SigningCustomer.with { customer in
      let stack = customer.stack
      let root = "\(stack.data)/agent-1/trust/root.pem"
      try FileManager.default.moveItem(atPath: root, toPath: "\(root).away")
      _ = try await stack.logLines(
        "agent-1", matching: "trust root or the inner certificate is gone")
      let cut = try await customer.run(Self.checkout, command: ["true"])
      #expect(cut.state == "failed" && cut.exitCode == nil)
      #expect(cut.reason?.contains("checkout failed") == true, "\(cut.reason ?? "")")

      try FileManager.default.moveItem(atPath: "\(root).away", toPath: root)
      _ = try await stack.logLines("agent-1", matching: "sealed channels are made again")
      let job = try await customer.run(Self.checkout, command: ["true"])
      #expect(job.state == "succeeded", "\(job.reason ?? "")")
    }
  }
}

extension Stack {
  /// Runs Python statements on the gateway's database, as `db`.
  nonisolated func database(_ statements: String, _ arguments: String...) async throws {
    let script = """
      import sqlite3, sys
      db = sqlite3.connect(sys.argv[1], timeout=10)
      \(statements)
      db.commit()
      """
    let result = try await executables.run(
      "/usr/bin/python3", ["-c", script, "\(data)/gateway/gateway.db"] + arguments)
    try #require(result.status == 0, "\(result.errorText)")
  }
}
