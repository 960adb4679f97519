import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

/// A pool that is removed for good while its tenant's other pools go on, through real processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PoolPurgeTests {
  /// `builders`, which is to go, and `others`, each with a worker, jobs, a context and a variable.
  private struct Pools: Sendable {
    let stack: Stack
    let canary = Canary()
    let worker: String
    let finished: String
    let keptJob: String

    init(_ stack: Stack, logBytes: Int = 0) async throws {
      self.stack = stack
      worker = String(
        try #require(
          try stack.outerCredentials(of: "worker-1").leaf.spiffeID?.uri.split(separator: "/").last))
      try await stack.startNewWorker("other-1", in: "others")
      for pool in ["builders", "others"] {
        let value = "\(stack.data)/value-\(pool)"
        let text = pool == "builders" ? canary.value : "of others"
        try Data(text.utf8).write(to: URL(filePath: value))
        for arguments in [
          ["context", "create", "of-\(pool)"],
          ["context", "attach", "of-\(pool)", "--pool", pool],
          ["variable", "set", "VALUE", "--context", "of-\(pool)", "--from-file", value],
        ] {
          let made = try await stack.sallyport(arguments)
          try #require(made.status == 0, "\(made.errorText)")
        }
      }
      let own = try await stack.submit(
        ["--env", "CANARY=\(canary.value)"],
        command: ["sh", "-c", "yes | head -c \(logBytes); echo $CANARY $VALUE"])
      try #require(own.result.status == 0, "\(own.result.errorText)")
      finished = own.id
      let cancelled = try await stack.sallyport(
        "job", "cancel", finished, "--reason", canary.value)
      try #require(cancelled.status == 0, "\(cancelled.errorText)")
      keptJob = try await Self.run("kept", at: stack)
    }

    /// A job of the other pool's that prints a word.
    /// - Returns: Its id.
    static func run(_ word: String, at stack: Stack) async throws -> String {
      let file = "\(stack.data)/other-job-\(word)"
      let result = try await stack.sallyport([
        "job", "submit", "--pool", "others", "--job-id-file", file, "--follow", "--", "echo", word,
      ])
      #expect(result.text == "\(word)\n", "\(result.errorText)")
      return try String(contentsOfFile: file, encoding: .utf8).filter { !$0.isNewline }
    }

    /// Files of the gateway's that have anything that only the pool has had: database, WAL, and what a
    /// copy would have left.
    func traces() throws -> [String] {
      try ByteSearch.files(
        below: "\(stack.data)/gateway",
        containing: canary.forms + [Array(finished.utf8), Array(worker.utf8)])
    }

    func revoke(_ pool: String = "builders") async throws -> CommandResult {
      try await stack.sallyport("pool", "revoke", pool, "--purge", "--confirm", pool)
    }

    /// After the end of a purge: nothing is left of the one, and the others' rows are as they were.
    func check(after before: Stack.PoolRows) async throws {
      #expect(try traces() == [])
      let left = try await stack.rows(ofPool: "builders")
      #expect(left.own == ["pool": 1] && left.purged, "\(left.own)")
      for (table, rows) in before.others { #expect(left.others[table] == rows, "\(table)") }
      let doctor = try await stack.gatewayCommand(["doctor"])
      #expect(doctor.status == 0, "\(doctor.text)")
      let records = try await stack.auditRecords()
      let tombstone = try #require(
        records.last { $0.action == "pool.purge" && $0.object == "builders" })
      #expect(
        tombstone.detail.wholeMatch(
          of:
            /[0-9]+ jobs removed, and the words of [0-9]+ audit records, SHA-256 of the records [0-9a-f]{64}/
        )
          != nil, "\(tombstone)")
      #expect(records.contains { $0.action == "job.cancel" && $0.object == "" && $0.detail == "" })
    }

    func checkRefused() async throws {
      for (arguments, said) in [
        (["job", "logs", finished], "there is no job"),
        (["job", "submit", "--pool", "builders", "--", "true"], "was revoked"),
        (["token", "create", "--pool", "builders"], "was revoked"),
        (["pool", "create", "--kind", "worker", "builders"], "was revoked"),
      ] {
        let refused = try await stack.sallyport(arguments)
        #expect(refused.status != 0 && refused.output == [], "\(arguments): \(refused.text)")
        #expect(refused.errorText.contains(said), "\(refused.errorText)")
      }
      let listed = try await stack.sallyport("job", "list", "--output", "json")
      #expect(!listed.text.contains("builders") && listed.text.contains(keptJob))
    }
  }

  @Test func nothingIsLeftOfAPoolAndTheOthersGoOn() async throws {
    try await Stack.with(store: .plain) { stack in
      let pools = try await Pools(stack)
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
      #expect(try !pools.traces().isEmpty)
      let before = try await stack.rows(ofPool: "builders")
      #expect(
        Set(before.own.keys).isSuperset(
          of: ["job", "job_spec", "attempt", "log_chunk", "certificate", "token", "context_pool"]))

      let unconfirmed = try await stack.sallyport("pool", "revoke", "builders", "--purge")
      #expect(unconfirmed.status == 64)
      #expect(try await !stack.rows(ofPool: "builders").began)
      let purged = try await pools.revoke()
      #expect(purged.status == 0 && purged.text.contains("purged"), "\(purged.errorText)")
      #expect(purged.errorText.contains("1 jobs ended, 1 workers"), "\(purged.errorText)")
      #expect(try await gone.status == 0, "the job runs on")
      try await pools.check(after: before)
      let late = await #expect(throws: RPCError.self) {
        try await HostileClient(stack.endpoints.agents, worker).withLink { link in
          let service = Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client)
          _ = try await service.finishAttempt(
            .with {
              $0.attempt = .init(attempt)
              $0.outcome = .failed
            })
        }
      }
      #expect(late?.code == .permissionDenied, "\(late.debugDescription)")
      #expect(try pools.traces() == [])
      try await pools.checkRefused()
      _ = try await Pools.run("still", at: stack)
      let ended = try await stack.logLines("worker-1", matching: "attempt ended.*job=\(running)")
      #expect(ended[0].contains("outcome=cancelled") && ended[0].contains("the pool was revoked"))
    }
  }

  @Test func aGatewayThatIsKilledGoesOnWhereItWas() async throws {
    try await Stack.with(store: .plain) { stack in
      let pools = try await Pools(stack, logBytes: 2_000_000)
      for pool in ["second", "third"] {
        let made = try await stack.sallyport("pool", "create", "--kind", "worker", pool)
        try #require(made.status == 0, "\(made.errorText)")
        let job = try await stack.sallyport(
          "job", "submit", "--pool", pool, "--", "echo", pools.canary.value)
        try #require(job.status == 0, "\(job.errorText)")
      }
      var inTheMiddle = 0
      for (pool, sync) in [("third", 2), ("second", 3), ("builders", 4)] {
        let before = try await stack.rows(ofPool: pool)
        try await stack.killingGateway(atSync: sync) {
          let cut = try await pools.revoke(pool)
          #expect(cut.status != 0, "it was purged before it was killed: \(cut.text)")
        }
        let rows = try await stack.rows(ofPool: pool)
        if rows.began, !rows.purged { inTheMiddle += 1 }
        try await stack.startGatewayAgain()
        // Whoever asks again waits for what the gateway has gone on with by itself.
        let purged = try await pools.revoke(pool)
        #expect(purged.status == 0 && purged.text.contains("purged"), "\(purged.errorText)")
        let left = try await stack.rows(ofPool: pool)
        #expect(left.own == ["pool": 1] && left.purged, "\(left.own)")
        for (table, rows) in before.others {
          #expect(left.others[table] == rows, "\(pool): \(table)")
        }
      }
      #expect(inTheMiddle >= 2, "killed in the middle of \(inTheMiddle) of 3")
      try await pools.check(after: try await stack.rows(ofPool: "builders"))
      try await pools.checkRefused()
      _ = try await Pools.run("still", at: stack)
    }
  }
}
