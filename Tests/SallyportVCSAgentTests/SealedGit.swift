import HTTPTypes
import SallyportCore
import SallyportRelay
import SallyportTransportTestSupport

@testable import SallyportVCSAgent

/// Git clients in front of a real sealed channel: TLS 1.3 and HTTP/2 inside a relay through a real
/// gateway, an agent's handler at its end, and behind that nginx with `git http-backend`.
enum SealedGit {
  /// What a client may do.
  enum Rights: Sendable {
    /// The agent's own list, which allows `team/*`, and no grant.
    case wholeRepositories
    case grant(ref: String? = nil, commit: String? = nil)
    case policy(any FetchPolicy)
  }

  static func with(
    _ rights: Rights, scratch: Scratch,
    _ body: @escaping @Sendable (_ url: String, HandlerHarness) async throws -> Void
  ) async throws {
    try await GitServer.with(scratch) { url in
      let file = try scratch.write("credential", "\(GitServer.user)\n\(GitServer.password)\n")
      try await HTTPSUpstreamClient.withUpstream(
        url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
        credentials: FileCredential(path: file)
      ) { upstream in
        let (harness, grant) = try harness(rights, scratch, upstream)
        let (_, agent) = try await RelayStack().withSealedStack(harness.handler) { dialer, _ in
          try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
            if let grant { try await show(grant, on: channel) }
            try await GitBridge(channel: channel).serve { url in try await body(url, harness) }
          }
        }
        if let agent { throw agent }
      }
    }
  }

  private static func harness(
    _ rights: Rights, _ scratch: Scratch, _ upstream: any Upstream
  ) throws -> (HandlerHarness, grant: [UInt8]?) {
    switch rights {
    case .wholeRepositories: return (try HandlerHarness(upstream), nil)
    case .policy(let policy): return (try HandlerHarness(policy: policy, upstream), nil)
    case .grant(let ref, let commit):
      let fixture = try GrantFixture(scratch)
      return (
        try HandlerHarness(grants: fixture.rules, upstream),
        try fixture.envelope(ref: ref, commit: commit)
      )
    }
  }

  private static func show(_ grant: [UInt8], on channel: any SealedChannel) async throws {
    try await channel.withExchange(
      .init(method: .put, scheme: "https", authority: "git.sallyport", path: "/.sallyport/grant"),
      requestBody: HandlerHarness.body([grant])
    ) { response, body in
      guard response.status == .noContent else {
        throw ScratchError(description: "the grant: \(response.status)")
      }
      for try await _ in body {}
    }
  }
}
