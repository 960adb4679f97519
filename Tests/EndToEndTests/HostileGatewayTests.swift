import FoundationEssentials
import SallyportIdentity
import Testing

/// The real worker and the real VCS agent, and between them a gateway that means harm: the job
/// fails, both ends say why, and nothing of the repository is seen.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HostileGatewayTests {
  private static let options = ["--repo", "on-prem:team/app.git", "--ref", "main"]
  /// Bytes from the agent after which a pack is under way.
  private static let inPack = 100_000
  /// Bytes from the worker after which the handshake is over.
  private static let inRequest = 1_500

  /// Runs a job whose checkout fails, and its reason.
  private func failedJob(_ stack: Stack) async throws -> String {
    let mark = "\(stack.data)/ran-\(UInt32.random(in: .min ... .max))"
    let job = try await stack.submit(Self.options, command: ["touch", mark])
    #expect(job.result.status != 0)
    let shown = try await stack.show(job.id)
    #expect(shown.state == "failed")
    #expect(shown.exitCode == nil)
    #expect(shown.commit ?? "" == "")
    // Not on a part of the repository, nor on none.
    #expect(!FileManager.default.fileExists(atPath: mark))
    return try #require(shown.reason)
  }

  /// What was tried has left nothing behind: the next job has the whole repository.
  private func expectGoodJob(_ stack: Stack, _ canaries: CanaryRepository) async throws {
    let job = try await stack.submit(
      Self.options, command: ["sh", "-c", "git fsck --strict && cmp blob-* \(canaries.blobCopy)"])
    #expect(job.result.status == 0, "\(job.result.errorText)")
    #expect(try await stack.show(job.id).commit == (try await stack.git("rev-parse", "main")))
  }

  private func requestsToGitServer(_ stack: Stack) throws -> Int {
    let path = "\(stack.data)/git-server/access.log"
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
  }

  /// The canaries, and words of the protocol inside, that the gateway could read.
  private func readable(
    _ evidence: HostileEvidence, _ canaries: CanaryRepository, _ stack: Stack
  ) throws -> [[UInt8]] {
    let needles = canaries.needles + ["git-upload-pack", "PRI * HTTP/2.0"].map { Array($0.utf8) }
    let file = "\(stack.data)/evidence-\(UInt32.random(in: .min ... .max))"
    try Data(evidence.everything.joined()).write(to: URL(filePath: file))
    return try ByteSearch.found(needles, in: file)
  }

  @Test func certificatesOfTheGatewaysOwnAreRefusedByBothEnds() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      let customer = try stack.trustRoot()
      let forged = try TrustRoot.create(trustDomain: customer.trustDomain)
      let (reason, evidence) = try await gateway.attacking {
        try SealSwap(root: forged, customer: customer.certificate, asks: true, evidence: $0)
      } _: {
        try await failedJob(stack)
      }
      #expect(reason.contains("the server's certificate is refused"), "\(reason)")
      _ = try await stack.logLines(
        "agent-1", matching: "relay ended early.*the client's certificate is refused")
      #expect(evidence.failures(of: .worker).map { $0.contains("unknown_ca") } == [true])
      #expect(evidence.failures(of: .agent).map { $0.contains("unknown_ca") } == [true])

      #expect(evidence.plaintext(of: .worker) == [])
      #expect(evidence.plaintext(of: .agent) == [])
      #expect(!evidence.sent(by: .worker).isEmpty && !evidence.sent(by: .agent).isEmpty)
      #expect(try readable(evidence, canaries, stack) == [])
      #expect(try requestsToGitServer(stack) == 0)
      try await expectGoodJob(stack, canaries)
    }
  }

  /// That the attack above fails because of the certificates, and because of nothing else.
  @Test func theSameAttackWithTheTrustRootsKeySucceeds() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      let root = try stack.trustRoot()
      let (_, evidence) = try await gateway.attacking {
        try SealSwap(root: root, customer: root.certificate, asks: false, evidence: $0)
      } _: {
        try await expectGoodJob(stack, canaries)
      }
      #expect(evidence.actions == 2)
      let seen = try readable(evidence, canaries, stack)
      #expect(seen.count > canaries.needles.count / 2, "\(seen.count) needles")
    }
  }

  @Test func anHonestRelayCarriesNothingReadable() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      let (_, evidence) = try await gateway.attacking { _ in
        HonestRelay()
      } _: {
        try await expectGoodJob(stack, canaries)
      }
      #expect(evidence.sent(by: .agent).count > CanaryRepository.blobSize)
      #expect(evidence.sent(by: .worker).count > Self.inRequest + 100)
      #expect(try readable(evidence, canaries, stack) == [])
    }
  }

  @Test(arguments: [RelaySide.agent, .worker])
  func whatWasSaidBeforeIsRefused(to side: RelaySide) async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      let (_, recording) = try await gateway.attacking { _ in
        HonestRelay()
      } _: {
        try await expectGoodJob(stack, canaries)
      }
      let requests = try requestsToGitServer(stack)
      #expect(requests > 0)
      let recorded = recording.sent(by: side.opposite)
      let (reason, evidence) = try await gateway.attacking { _ in
        Replay(recorded, to: side)
      } _: {
        try await failedJob(stack)
      }
      #expect(evidence.actions == 1)
      #expect(reason.hasPrefix("checkout failed: TLS failed: "), "\(reason)")
      _ = try await stack.logLines("agent-1", matching: "relay ended early.*TLS failed: ")
      #expect(try requestsToGitServer(stack) == requests)
      #expect(try readable(evidence, canaries, stack) == [])
      try await expectGoodJob(stack, canaries)
    }
  }

  @Test func aRelayThatEndsInTheMiddleOfAPackIsNoShortCheckout() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      let (reason, evidence) = try await gateway.attacking { _ in
        CleanCut(at: Self.inPack)
      } _: {
        try await failedJob(stack)
      }
      // The worker tries again before it gives up; every relay is cut.
      #expect(evidence.actions > 1)
      #expect(reason.contains("the connection ended without a TLS close"), "\(reason)")
      _ = try await stack.logLines(
        "agent-1", matching: "relay ended early.*the connection ended without a TLS close",
        count: evidence.actions)
      try await expectGoodJob(stack, canaries)
    }
  }

  @Test func oneChangedBitIsAnErrorAtBothEnds() async throws {
    try await HostileGateway.withCustomer { stack, gateway, canaries in
      var relays = 0
      for (side, position) in [
        (RelaySide.worker, 100), (.worker, Self.inRequest), (.agent, 100), (.agent, Self.inPack),
      ] {
        let (reason, evidence) = try await gateway.attacking { _ in
          BitFlip(from: side, at: position)
        } _: {
          try await failedJob(stack)
        }
        // Nobody tries again what somebody tampers with.
        #expect(evidence.actions == 1, "\(side) at \(position)")
        #expect(reason.contains("TLS failed: "), "\(side) at \(position): \(reason)")
        relays += evidence.actions
        _ = try await stack.logLines(
          "agent-1", matching: "relay ended early.*TLS failed: ", count: relays)
        #expect(try readable(evidence, canaries, stack) == [], "\(side) at \(position)")
      }
      try await expectGoodJob(stack, canaries)
    }
  }
}
