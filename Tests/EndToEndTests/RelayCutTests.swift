import FoundationEssentials
import Glibc
import Synchronization
import Testing

/// A fetch whose relay breaks is done again, and what is checked out is whole.
@Suite(.serialized, .timeLimit(.minutes(3))) struct RelayCutTests {
  private static let options = ["--repo", "on-prem:team/app.git", "--ref", "main"]
  /// Bytes from the agent: in its handshake, between that and the first response, in the
  /// advertisement, and in the pack.
  private static let positions = [1, 60, 150, 700, 1_600, 2_400, 3_000, 20_000, 100_000]

  private func expectGoodJob(_ stack: Stack, _ canaries: CanaryRepository) async throws -> String {
    // As on a worker that has never fetched this repository.
    try? FileManager.default.removeItem(atPath: "\(stack.data)/worker-1/mirrors")
    let job = try await stack.submit(
      Self.options, command: ["sh", "-c", "git fsck --strict && cmp blob-* \(canaries.blobCopy)"])
    #expect(job.result.status == 0, "\(job.result.errorText)")
    let shown = try await stack.show(job.id)
    #expect(shown.commit == (try await stack.git("rev-parse", "main")))
    #expect(shown.logState == "complete")
    return try await stack.sallyport("job", "logs", "--stream", "system", job.id).errorText
  }

  @Test func aRelayThatIsCutOnceAtAnyPlaceCostsNoJob() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      for position in Self.positions {
        let relays = Mutex(0)
        let (log, evidence) = try await gateway.attacking { _ in
          let number = relays.withLock { count in
            count += 1
            return count
          }
          return number == 1 ? CleanCut(at: position) : HonestRelay()
        } _: {
          try await expectGoodJob(stack, canaries)
        }
        #expect(evidence.actions == 1, "at \(position)")
        #expect(relays.withLock { $0 } == 2, "at \(position)")
        #expect(log.contains("checkout interrupted, trying again"), "at \(position): \(log)")
      }
    }
  }

  @Test func anAgentThatDiesInTheMiddleOfAPackCostsNoJob() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      let agent = try await stack.agent
      let isFirst = Mutex(true)
      let (log, evidence) = try await gateway.attacking { _ in
        isFirst.withLock { isFirst in
          defer { isFirst = false }
          return isFirst ? AgentKill(agent, at: 100_000) : HonestRelay()
        }
      } _: {
        async let log = expectGoodJob(stack, canaries)
        #expect(try await stack.exitCode(of: agent) == 128 + SIGKILL)
        try await stack.startAgentAgain()
        return try await log
      }
      #expect(evidence.actions == 1)
      #expect(log.contains("checkout interrupted, trying again"), "\(log)")
    }
  }
}
