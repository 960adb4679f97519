import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay
import Testing

@testable import SallyportGit
@testable import SallyportWorker

@Suite struct SealedGitExchangeTests {
  /// A VCS agent that answers every request alike.
  private struct Answer: SealedChannel {
    let status: Int
    let text: String

    let peer: PeerIdentity

    init(status: Int, text: String) throws {
      self.status = status
      self.text = text
      peer = PeerIdentity(
        spiffeID: try SPIFFEID(parsing: "spiffe://customer.example/vcs-agent/a1"),
        certificateFingerprint: "ab", serialNumber: "01", notAfter: .max)
    }

    func withExchange<Result: Sendable>(
      _ request: HTTPRequest, requestBody: SealedBody?,
      _ body: (HTTPResponse, SealedBody) async throws -> Result
    ) async throws -> Result {
      let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
      for byte in text.utf8 { continuation.yield(ByteBuffer(bytes: [byte])) }
      // The rest never comes.
      return try await body(HTTPResponse(status: .init(code: status)), stream)
    }
  }

  private func failure(_ status: Int, _ text: String) async throws -> GitError? {
    let request = GitSmartRequest(
      repository: try RepositoryName("team/app.git"), operation: .advertisement)
    return await #expect(throws: GitError.self) {
      try await SealedGitExchange(channel: Answer(status: status, text: text))
        .perform(request, response: GitResponseSink(capacity: 1_024, limit: 1_024))
    }
  }

  @Test func tellsWhatTheAgentSays() async throws {
    let error = try await failure(502, "no\u{1b}[2J credential\nsecond line")
    #expect(
      error?.message == "the VCS agent answered 502 for 'team/app.git': no [2J credential")
    let long = try await failure(504, String(repeating: "x", count: 1_000))
    #expect(long?.message.hasSuffix(": " + String(repeating: "x", count: 256)) == true)
  }

  @Test func triesAgainWhereTheAgentIsBusy() async throws {
    #expect(try await failure(503, "busy\n")?.cause is AgentBusy)
    #expect(try await failure(502, "\n")?.cause == nil)
  }
}
