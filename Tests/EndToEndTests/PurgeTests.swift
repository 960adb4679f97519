import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

/// A customer that is removed for good from a gateway that serves others, through real processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PurgeTests {
  private let purge = ["tenant", "purge", "acme", "--confirm", "acme"]

  /// `acme`, which is to go, and `rival`, each with a worker, jobs and a variable.
  private struct Tenants: Sendable {
    let stack: Stack
    /// Of the operator of `rival`.
    let rival: String
    let keptJob: String
    /// Ids that only rows of `acme` have.
    let ids: [String]
    let finished: String

    static func make(_ stack: Stack, logBytes: Int = 0) async throws -> Tenants {
      let worker = try #require(
        try stack.outerCredentials(of: "worker-1").leaf.spiffeID?.uri.split(separator: "/").last)
      let own = try await stack.submit(
        [], command: ["sh", "-c", "yes | head -c \(logBytes); echo acme"])
      try #require(own.result.status == 0, "\(own.result.errorText)")
      let rival = try await stack.makeTenant("rival")
      try await stack.startNewWorker("rival-1")
      let value = "\(stack.data)/region"
      try Data("somewhere".utf8).write(to: URL(filePath: value))
      for folder in [nil, rival] {
        for arguments in [
          ["context", "create", "release"],
          ["context", "attach", "release", "--pool", "builders"],
          ["variable", "set", "REGION", "--context", "release", "--from-file", value],
        ] {
          let made = try await stack.sallyport(arguments, operator: folder)
          try #require(made.status == 0, "\(made.errorText)")
        }
      }
      let tenants = Tenants(
        stack: stack, rival: rival, keptJob: try await run("kept", at: stack, operator: rival),
        ids: [own.id, String(worker)], finished: own.id)
      let names = try await stack.rows(of: "acme").names
      #expect(
        names.isSuperset(of: ["tenant", "job", "attempt", "log_chunk", "variable", "audit"]))
      #expect(try await stack.rows(of: "rival").names == names)
      return tenants
    }

    /// A job of the other tenant's that prints a word.
    /// - Returns: Its id.
    static func run(_ word: String, at stack: Stack, operator folder: String) async throws -> String
    {
      let file = "\(stack.data)/rival-job-\(word)"
      let result = try await stack.sallyport(
        [
          "job", "submit", "--pool", "builders", "--job-id-file", file, "--follow", "--", "echo",
          word,
        ], operator: folder)
      #expect(result.text == "\(word)\n", "\(result.errorText)")
      return try String(contentsOfFile: file, encoding: .utf8).filter { !$0.isNewline }
    }

    /// Files of the gateway's that name what only `acme` has.
    func traces() throws -> [String] {
      try ByteSearch.files(
        below: "\(stack.data)/gateway", containing: ids.map { Array($0.utf8) })
    }

    /// After the end of a purge: nothing is left of the one, and the other's rows are as they were.
    func check(after before: Stack.TenantRows) async throws {
      let left = try await stack.rows(of: "acme")
      #expect(left.names == ["tenant", "revocation"])
      #expect(left.views.values.allSatisfy { $0 == 0 } && left.views.count > 5, "\(left.views)")
      let tombstone = try #require(left.tombstones.last)
      #expect(
        tombstone.wholeMatch(
          of: /[0-9]+ jobs and [0-9]+ audit records removed, SHA-256 of the records [0-9a-f]{64}/)
          != nil, "\(tombstone)")
      #expect(try traces() == [])
      let kept = try await stack.rows(of: "rival")
      for (table, rows) in before.tables { #expect(kept.tables[table] == rows, "\(table)") }
      let key = try String(
        contentsOfFile: "\(stack.data)/gateway/tenant-keys/acme", encoding: .utf8)
      #expect(key == "{\"destroyed\":true,\"version\":1}\n")
      let doctor = try await stack.gatewayCommand(["doctor"])
      #expect(doctor.status == 0, "\(doctor.text)")
    }

    func checkRefused() async throws {
      for arguments in [
        ["job", "list"], ["job", "logs", finished], ["variable", "list", "--context", "release"],
      ] {
        let refused = try await stack.sallyport(arguments)
        #expect(refused.status != 0 && refused.output == [], "\(arguments): \(refused.text)")
        #expect(
          refused.errorText.contains("this identity may not use the gateway"),
          "\(refused.errorText)")
      }
    }
  }

  @Test func nothingIsLeftOfATenantAndTheOthersGoOn() async throws {
    try await Stack.with { stack in
      let tenants = try await Tenants.make(stack)
      let ready = try Signal(in: stack.data)
      let alive = try Signal(in: stack.data)
      // Ends when the last process of the job has: they all hold the other end of the pipe.
      async let gone = stack.executables.run("/usr/bin/timeout", ["60", "cat", alive.path])
      let running = try await stack.submitWithoutFollowing(
        [],
        command: [
          "sh", "-c",
          "exec 9>\(alive.path); echo ready > \(ready.path); while :; do date; sleep 0.1; done",
        ])
      _ = try await ready.received(using: stack.executables)
      let attempt = AttemptID(job: try #require(JobID(running)), epoch: 1)
      let worker = try stack.outerCredentials(of: "worker-1")
      let backup = "\(stack.data)/gateway.backup"
      let copied = try await stack.gatewayCommand(["backup", "--out", backup])
      try #require(copied.status == 0, "\(copied.errorText)")
      #expect(try !tenants.traces().isEmpty)
      let before = try await stack.rows(of: "rival")

      let unconfirmed = try await stack.gatewayCommand(
        ["tenant", "purge", "acme", "--confirm", "acm"])
      #expect(unconfirmed.status == 64)
      #expect(try await stack.rows(of: "acme").purgeBegan == false)
      let purged = try await stack.gatewayCommand(purge)
      #expect(purged.status == 0, "\(purged.errorText)")
      #expect(purged.text.contains("acme is purged: 2 jobs"), "\(purged.text)")
      try await tenants.check(after: before)
      try await tenants.checkRefused()
      #expect(try await gone.status == 0, "the job runs on")
      // A connection that is there when the gateway hears of the purge is closed with the others.
      var late = await finish(attempt, worker, stack)
      if late == .unavailable { late = await finish(attempt, worker, stack) }
      #expect(late == .permissionDenied)
      _ = try await Tenants.run("still", at: stack, operator: tenants.rival)
      let ended = try await stack.logLines("worker-1", matching: "attempt ended.*job=\(running)")
      // Or the worker has renewed its lease before the gateway has heard of the purge.
      let reasons = [
        "outcome=cancelled .*the tenant is purged", "outcome=lost .*the lease is lost",
      ]
      #expect(try reasons.contains { try ended[0].contains(Regex($0)) }, "\(ended[0])")

      try await restore(backup, at: stack)
      let rows = try await stack.rows(of: "acme")
      #expect(rows.names.isSuperset(of: ["job", "log_chunk", "variable"]))
      let shown = try await stack.gatewayCommand(["tenant", "show", "acme"])
      #expect(shown.status == 65 && shown.output == [])
      #expect(shown.errorText.contains("keys of tenant acme were destroyed"), "\(shown.errorText)")
      try await stack.startGatewayAgain()
      _ = try await stack.logLines("gateway", matching: "before its tenant was purged.*acme")
      try await tenants.checkRefused()
      let log = try await stack.sallyport(
        ["job", "logs", tenants.keptJob], operator: tenants.rival)
      #expect(log.text == "kept\n", "\(log.errorText)")
      // The gateway notes a worker's session before the worker hears that it is open.
      _ = try await stack.logLines("rival-1", matching: "session open", count: 2)
      let restored = try await stack.rows(of: "rival")
      let again = try await stack.gatewayCommand(purge)
      #expect(again.status == 0, "\(again.errorText)")
      try await tenants.check(after: restored)
    }
  }

  /// A result that comes late.
  /// - Returns: How it was refused; nil where it was not.
  private func finish(
    _ attempt: AttemptID, _ worker: Credentials, _ stack: Stack
  ) async -> RPCError.Code? {
    do {
      try await HostileClient(stack.endpoints.agents, worker).withLink { link in
        let service = Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client)
        _ = try await service.finishAttempt(
          .with {
            $0.attempt = .init(attempt)
            $0.outcome = .failed
          })
      }
      return nil
    } catch {
      return (error as? RPCError)?.code
    }
  }

  /// Puts a backup in the place of the database.
  private func restore(_ backup: String, at stack: Stack) async throws {
    try await stack.stop(try await stack.gateway)
    let database = "\(stack.data)/gateway/gateway.db"
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: database + suffix)
    }
    try FileManager.default.copyItem(atPath: backup, toPath: database)
  }

  @Test func killedAgainAndAgainItGoesOnWhereItWas() async throws {
    try await Stack.with { stack in
      let tenants = try await Tenants.make(stack, logBytes: 2_000_000)
      let before = try await stack.rows(of: "rival")
      // What was left after each kill.
      var left: [Set<String>] = []
      var isPurged = false
      // Before a commit is synced, or in the middle of it; later each time, so that it ends.
      for run in 1...40 {
        let (calls, number) =
          run.isMultiple(of: 2) ? ("pwrite64", 1 << (run / 2)) : ("fsync,fdatasync", run)
        let result = try await stack.executables.run(
          "/usr/bin/strace",
          [
            "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
            "inject=\(calls):signal=KILL:when=\(number)",
            "\(stack.executables.folder)/sallyport-gateway",
          ] + purge + ["--config", "\(stack.data)/gateway/gateway.yaml"])
        isPurged = result.status == 0
        if isPurged { break }
        try #require(result.status == 137, "\(result.errorText)")
        let rows = try await stack.rows(of: "acme")
        left.append(rows.names)
        if rows.purgeBegan { try await tenants.checkRefused() }
      }
      #expect(isPurged)
      #expect(left.count >= 5 && Set(left).count >= 3, "\(left)")
      try await tenants.check(after: before)
      try await tenants.checkRefused()
      _ = try await Tenants.run("still", at: stack, operator: tenants.rival)
    }
  }
}
