import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

extension IdentityTests {
  /// A worker of the tenant `rival`, enrolled and not running, and its tenant's operator.
  private struct Rival {
    let operatorDirectory: String
    let credentials: Credentials
    let client: HostileClient

    var actor: String { credentials.leaf.spiffeID?.uri ?? "" }

    static func make(_ stack: Stack) async throws -> Rival {
      let directory = try await stack.makeTenant("rival")
      try await stack.startNewWorker("rival-1")
      try await stack.stop(try await stack.worker("rival-1"))
      let credentials = try stack.outerCredentials(of: "rival-1")
      let inner = try stack.innerCredentials(of: "rival-1")
      let client = try await HostileClient(stack.endpoints.agents, credentials, inner: inner)
      return Rival(operatorDirectory: directory, credentials: credentials, client: client)
    }
  }

  /// Starts a job of the first tenant that runs until `release` is read.
  private func startJob(_ stack: Stack, until release: Signal) async throws -> AttemptID {
    let ready = try Signal(in: stack.data)
    let job = try await stack.submitWithoutFollowing(
      [], command: ["sh", "-c", "echo secret; echo go > \(ready.path); echo > \(release.path)"])
    _ = try await ready.received(using: stack.executables)
    let shown = try await stack.show(job)
    #expect(shown.state == "running")
    return AttemptID(job: try #require(JobID(job)), epoch: UInt64(shown.epoch))
  }

  @Test func anotherTenantsJobIsAnsweredAsNone() async throws {
    try await Stack.with { stack in
      let release = try Signal(in: stack.data)
      let theirs = try await startJob(stack, until: release)
      let missing = AttemptID(job: .random(), epoch: theirs.epoch)
      let rival = try await Rival.make(stack)

      let sessions = try await answersInSession(rival, [theirs, missing])
      #expect(sessions[0] == sessions[1])
      #expect(sessions[0].count == 2)
      #expect(sessions[0][0].contains("offer_withdrawn"), "\(sessions[0])")
      #expect(sessions[0][1].contains("leases_renewed"), "\(sessions[0])")
      #expect(!sessions[0][1].contains("renewed: true"), "\(sessions[0])")

      let calls = try await answersToCalls(rival, [theirs, missing])
      #expect(calls[0] == calls[1])
      let refused = "failedPrecondition: \"this worker does not run this attempt\""
      #expect(calls[0] == [refused, refused, "403 this relay may not be opened now nil"])

      let denied = try await stack.auditRecords(operator: rival.operatorDirectory)
        .filter { $0.decision == "denied" }
      #expect(denied.allSatisfy { $0.actor == rival.actor })
      for attempt in [theirs, missing] {
        let actions = denied.filter { $0.object == "\(attempt)" }.map(\.action)
        #expect(
          actions == [
            "attempt.resume", "attempt.accept", "lease.renew", "log.write", "attempt.finish",
          ])
        #expect(
          denied.contains { $0.action == "relay.open" && $0.detail.contains("\(attempt)") })
      }
      // The other tenant hears nothing of it, and its job is none the worse.
      let heard = try await stack.auditRecords()
      #expect(!heard.contains { $0.actor == rival.actor })
      _ = try await release.received(using: stack.executables)
      let log = try await stack.sallyport(
        "job", "logs", "--follow", "--stream", "stdout", theirs.job.rawValue)
      #expect(log.text == "secret\n")
      let shown = try await stack.show(theirs.job.rawValue)
      #expect(shown.state == "succeeded")
      #expect(shown.epoch == Int(theirs.epoch))
      #expect(shown.logState == "complete")
    }
  }

  /// What a session of the rival answers about each attempt.
  private func answersInSession(
    _ rival: Rival, _ attempts: [AttemptID]
  ) async throws -> [[String]] {
    try await rival.client.withLink { link in
      var answers: [[String]] = []
      try await WorkerConversation.with(link.client, inventory: attempts) { session, welcome in
        // All are to be stopped at once.
        let stale = Set(welcome.staleAttempts)
        #expect(stale == Set(attempts.map { Sallyport_Session_V1_AttemptRef($0) }))
        for attempt in attempts { answers.append(try await ask(session, about: attempt)) }
      }
      return answers
    }
  }

  private func answersToCalls(
    _ rival: Rival, _ attempts: [AttemptID]
  ) async throws -> [[String]] {
    try await rival.client.withLink { link in
      var answers: [[String]] = []
      for attempt in attempts { answers.append(try await call(link, about: attempt)) }
      return answers
    }
  }

  /// Claims an attempt in a session. The answers, without what names it.
  private func ask(
    _ session: WorkerConversation, about attempt: AttemptID
  ) async throws -> [String] {
    let answers = [
      try await session.ask(.with { $0.accept.attempt = .init(attempt) }),
      try await session.ask(.with { $0.renewLeases.attempts = [.init(attempt)] }),
    ]
    return answers.map {
      $0.textFormatString().replacing(attempt.job.rawValue, with: "JOB")
    }
  }

  /// Writes to the log of an attempt, finishes it and opens a relay for it. The answers.
  private func call(
    _ link: GatewayLink<some ClientTransport>, about attempt: AttemptID
  ) async throws -> [String] {
    let service = Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client)
    var entry: [UInt8] = []
    LogEntry(stream: .stdout, timestamp: 0, payload: Array("forged\n".utf8)).encode(into: &entry)
    let chunk = Sallyport_Worker_V1_LogChunk.with {
      $0.attempt = .init(attempt)
      $0.data = Data(entry)
      $0.crc32C = CRC32C.checksum(entry)
    }
    let log = await #expect(throws: RPCError.self) {
      try await service.writeLog { writer in
        try await writer.write(chunk)
      } onResponse: { response in
        for try await _ in response.messages {}
      }
    }
    let finish = await #expect(throws: RPCError.self) {
      _ = try await service.finishAttempt(
        .with {
          $0.attempt = .init(attempt)
          $0.outcome = .failed
        })
    }
    let relay = try await link.refusedRelay(to: "on-prem.vcs.sallyport", attempt)
    return try [log, finish].map { "\(try #require($0))" } + [
      "\(relay.status) \(relay.reason) \(String(describing: relay.retryAfter))"
    ]
  }

  @Test func anotherTenantsVCSPoolIsAnsweredAsNone() async throws {
    try await Stack.with { stack in
      _ = try await stack.sallyport("pool", "create", "--kind", "vcs", "vault")
      let rival = try await Rival.make(stack)
      // Two pools of its own, one of which is called as the other tenant's. No agent is in either.
      var attempts: [String: AttemptID] = [:]
      for pool in ["on-prem", "mirror"] {
        let directory = rival.operatorDirectory
        let made = try await stack.sallyport(
          ["pool", "create", "--kind", "vcs", pool], operator: directory)
        #expect(made.status == 0, "\(made.errorText)")
        let submitted = try await stack.sallyport(
          [
            "job", "submit", "--pool", "builders", "--repo", "\(pool):team/app.git", "--ref",
            "main", "--output", "json", "--", "true",
          ], operator: directory)
        let job = try JSONDecoder().decode(Stack.ShownJob.self, from: Data(submitted.output))
        attempts[pool] = AttemptID(job: try #require(JobID(job.id)), epoch: 1)
      }
      let (sameName, other) = (
        try #require(attempts["on-prem"]), try #require(attempts["mirror"])
      )

      try await rival.client.withLink { link in
        try await WorkerConversation.with(link.client) { session, _ in
          session.say(.with { $0.credits.credits = 2 })
          for _ in 1...2 {
            let offer = try await session.answer().offer
            session.say(.with { $0.accept.attempt = offer.attempt })
          }
          let leases = try await session.ask(
            .with { $0.renewLeases.attempts = [.init(sameName), .init(other)] }
          ).leasesRenewed
          #expect(leases.renewals.map(\.renewed) == [true, true])

          // With a lease, for its own pool of that name: the other tenant's agent is no answer.
          let ours = try await link.refusedRelay(to: "on-prem.vcs.sallyport", sameName)
          #expect(ours == (try await link.refusedRelay(to: "mirror.vcs.sallyport", other)))
          #expect(ours.status == 503)
          // With a lease, for a pool that only the other tenant has, or nobody.
          let theirs = try await link.refusedRelay(to: "vault.vcs.sallyport", sameName)
          #expect(theirs == (try await link.refusedRelay(to: "nowhere.vcs.sallyport", sameName)))
          #expect(theirs.status == 403)
        }
      }

      let denied = try await stack.auditRecords(operator: rival.operatorDirectory)
        .filter { $0.decision == "denied" && $0.actor == rival.actor }
      #expect(denied.map(\.action) == ["relay.open", "relay.open"])
      #expect(denied.map(\.object) == ["vault", "nowhere"])
      let heard = try await stack.auditRecords()
      #expect(!heard.contains { $0.actor == rival.actor })
      #expect(!stack.log("agent-1").contains("relay"))

      // A job cannot name it, either.
      var answers: [String] = []
      for pool in ["vault", "nowhere"] {
        let result = try await stack.sallyport(
          [
            "job", "submit", "--pool", "builders", "--repo", "\(pool):team/app.git", "--ref",
            "main", "--", "true",
          ], operator: rival.operatorDirectory)
        answers.append("\(result.status) \(result.errorText.replacing(pool, with: "POOL"))")
      }
      #expect(answers[0] == answers[1])
      #expect(!answers[0].hasPrefix("0 "))
    }
  }
}
