import HTTPTypes
import NIOCore
import SallyportGitProtocol
import Testing

@testable import SallyportVCSAgent

/// A Git server that answers with something else than what Git's protocol has.
@Suite(.timeLimit(.minutes(2))) struct HostileOriginTests {
  private static let id = String(repeating: "1", count: 40)

  private func check(
    limits: FetchLimits = FetchLimits(),
    answering respond:
      @escaping @Sendable (_ isPost: Bool, ScriptedOrigin.Writer) async throws ->
      Void,
    _ body: @escaping @Sendable (HandlerHarness) async throws -> Void
  ) async throws {
    try await Scratch.with { scratch in
      try await ScriptedOrigin.with(
        scratch,
        respond: { head, out in
          let isPost = head.hasPrefix("POST")
          let type = isPost ? HTTPSUpstreamTests.resultType : HTTPSUpstreamTests.type
          // Ends with the connection.
          try await out.send("HTTP/1.1 200 OK\r\n\(type)connection: close\r\n\r\n")
          try await respond(isPost, out)
        },
        { _, url in
          try await HTTPSUpstreamClient.withUpstream(
            url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
            credentials: nil
          ) { upstream in
            for harness in [
              try HandlerHarness(limits: limits, upstream),
              try await .granted(scratch, ref: "refs/heads/main", limits: limits, upstream),
            ] { try await body(harness) }
          }
        })
    }
  }

  private func send(_ bytes: [UInt8])
    -> @Sendable (Bool, ScriptedOrigin.Writer) async throws -> Void
  {
    { _, out in try await out.write(ByteBuffer(bytes: bytes)) }
  }

  @Test(arguments: [
    Array("zzzz".utf8), Array("0003".utf8), Array("fff1".utf8), Array("0032short".utf8), [],
    .pktLines("# service=git-upload-pack"), .pktLines("# service=git-receive-pack", "0000"),
    .pktLines("version 3", "0000"), .pktLines("version 2", "0001"),
    .pktLines("\(id) refs/heads/main"), .pktLines("\(id)"), .pktLines("x refs/heads/main", "0000"),
    .pktLines("ERR CANARY of the server", "0000"), Array("<html>".utf8),
    .pktLines("# service=git-upload-pack", "0000", "0000", "0000"),
  ])
  func whatIsNoListIsNotPassedOn(_ answer: [UInt8]) async throws {
    try await check(answering: send(answer)) { harness in
      for version in FetchConfinementTests.versions {
        let response = try await harness.advertise("team/app.git", fields: .git(version))
        #expect(response.recorded.isFinished)
        // In the place of the answer, or as its last line.
        #expect(response.status == 502 || response.text.contains("ERR the Git server"))
        #expect(!response.text.hasSuffix("0000"))
        #expect(!response.text.contains("CANARY"))
        #expect(!response.text.contains("html"))
      }
      let lines = harness.log.lines.filter { $0.contains("service=advertisement") }
      #expect(lines.allSatisfy { $0.contains("decision=refused") })
    }
  }

  @Test(arguments: [true, false])
  func anEndlessListEnds(hasRefs: Bool) async throws {
    var limits = FetchLimits()
    limits.advertisement = 1 << 20
    try await check(limits: limits) { _, out in
      try await out.write(
        ByteBuffer(
          bytes: [UInt8].pktLines(
            "# service=git-upload-pack", "0000", "\(Self.id) refs/heads/main\0multi_ack")))
      let lines = (0..<500).map { "\(Self.id) refs/heads/branch-\($0)" }
      let piece: [UInt8] = .pktLines(
        hasRefs ? lines : Array(repeating: "shallow \(Self.id)", count: 500))
      while true { try await out.write(ByteBuffer(bytes: piece)) }
    } _: { harness in
      let response = try await harness.advertise("team/app.git")
      #expect(response.recorded.isFinished)
      #expect(response.recorded.body.count < 2 << 20)
      #expect(response.text.contains("ERR the Git server"))
    }
  }

  @Test func nobodyIsSentElsewhere() async throws {
    try await check { isPost, out in
      try await out.write(
        ByteBuffer(
          bytes: isPost
            ? [UInt8].pktLines(
              "packfile-uris", "\(Self.id) https://evil.example/pack", "0001", "packfile", "0000")
            : [UInt8].pktLines(
              "version 2", "agent=git/2", "ls-refs=unborn", "bundle-uri",
              "fetch=shallow packfile-uris", "promisor-remote=name=x,url=https://evil.example",
              "session-id=1", "object-info", "server-option", "0000")))
    } _: { harness in
      let capabilities = try await harness.advertise("team/app.git", fields: .git(.v2))
      #expect(capabilities.status == 200)
      #expect(
        Array(capabilities.text.utf8)
          == [UInt8].pktLines("version 2", "agent=git/2", "ls-refs=unborn", "fetch=shallow", "0000")
      )
      let answer = try await harness.uploadPack(
        "team/app.git", .pktLines("command=fetch", "0001", "have \(Self.id)", "done", "0000"),
        fields: .git(.v2))
      #expect(answer.status == 200)
      #expect(!answer.text.contains("evil"))
      #expect(answer.text.dropFirst(4).hasPrefix("ERR the Git server's answer"))
      #expect(harness.log.text.contains("unexpected-section: packfile-uris"))
    }
  }

  /// Where the whole answer is in bands, so is the error.
  @Test func anAnswerInBandsEndsInBands() async throws {
    try await check(
      answering: send(.pktLines("\u{1}acknowledgments", "\u{1}NAK", "0001", "\u{1}packfile-uris"))
    ) { harness in
      let answer = try await harness.uploadPack(
        "team/app.git",
        .pktLines("command=fetch", "0001", "sideband-all", "have \(Self.id)", "done", "0000"),
        fields: .git(.v2))
      #expect(answer.status == 200)
      #expect(answer.recorded.isFinished)
      #expect(answer.text.contains("\u{3}the Git server's answer"))
      #expect(!answer.text.contains("ERR"))
    }
  }

  @Test(arguments: [
    Array("zzzz".utf8), .pktLines("\(id) refs/heads/main"), .pktLines("0001", "0000"),
    .pktLines("ERR CANARY"), .pktLines("0000", "0000"), .pktLines("x refs/heads/main", "0000"),
  ])
  func aListingThatIsNoneIsReplaced(_ answer: [UInt8]) async throws {
    try await check(answering: send(answer)) { harness in
      let response = try await harness.uploadPack(
        "team/app.git", .pktLines("command=ls-refs", "0001", "0000"), fields: .git(.v2))
      #expect(response.status == 200)
      #expect(response.recorded.isFinished)
      #expect(response.text.contains("ERR the Git server"))
      #expect(!response.text.contains("CANARY"))
    }
  }
}
