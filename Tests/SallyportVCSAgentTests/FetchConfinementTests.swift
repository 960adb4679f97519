import HTTPTypes
import NIOCore
import SallyportCore
import SallyportGitProtocol
import SallyportRelay
import Synchronization
import Testing

@testable import SallyportVCSAgent

/// Whatever a worker asks of a real Git server, it gets what grant and policy allow.
@Suite(.timeLimit(.minutes(3))) struct FetchConfinementTests {
  static let versions: [ProtocolVersion] = [.v0, .v1, .v2]

  /// With a directory, and with nginx and `git http-backend`.
  private func withUpstreams(
    _ body: @escaping @Sendable (Scratch, BranchedRepository, TappedUpstream) async throws -> Void
  ) async throws {
    try await Scratch.with { scratch in
      let repository = try await BranchedRepository(scratch)
      let local = LocalUpstream(directory: scratch.path("repositories"))
      try await body(scratch, repository, TappedUpstream(local))
      try await GitServer.with(scratch) { url in
        let file = try scratch.write("credential", "\(GitServer.user)\n\(GitServer.password)\n")
        try await HTTPSUpstreamClient.withUpstream(
          url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
          credentials: FileCredential(path: file)
        ) { upstream in
          try await body(scratch, repository, TappedUpstream(upstream))
        }
      }
    }
  }

  @Test(arguments: versions)
  func aGrantShowsItsRefAndNoOther(_ version: ProtocolVersion) async throws {
    try await withUpstreams { scratch, repository, upstream in
      let open = try HandlerHarness(upstream)
      let all = try await open.list(version)
      for text in ["refs/heads/secret", "refs/tags/v1", "HEAD", repository.secret] {
        #expect(all.contains(text))
      }

      let harness = try await HandlerHarness.granted(scratch, ref: "refs/heads/main", upstream)
      let shown = try await harness.list(version)
      #expect(shown.contains("\(repository.main) refs/heads/main"))
      // HEAD stands for it.
      #expect(shown.contains("\(repository.main) HEAD"))
      for text in ["secret", "refs/tags", repository.secret, repository.tag, "^{}"] {
        #expect(!shown.contains(text), "\(text)")
      }
      #expect(try await harness.fetch([repository.main], version).text.contains("PACK"))
      #expect(harness.log.text.contains("refs-shown=2 refs-withheld=2"))
      #expect(harness.log.text.contains("wanted=\(repository.main)=refs/heads/main"))

      let tagged = try await HandlerHarness.granted(scratch, ref: "refs/tags/v1", upstream)
      let tags = try await tagged.list(version)
      #expect(tags.contains("\(repository.tag) refs/tags/v1"))
      #expect(tags.contains(repository.tagged))
      #expect(!tags.contains("refs/heads"))
      for id in [repository.tag, repository.tagged] {
        #expect(try await tagged.fetch([id], version).text.contains("PACK"))
      }
    }
  }

  @Test(arguments: versions)
  func whatAGrantDoesNotNameCannotBeAskedFor(_ version: ProtocolVersion) async throws {
    try await withUpstreams { scratch, repository, upstream in
      if version == .v2 {
        // A server of version 2 gives out whatever it has.
        let open = try HandlerHarness(upstream)
        #expect(try await open.fetch([repository.hidden], .v2).text.contains("PACK"))
      }
      let harness = try await HandlerHarness.granted(
        scratch, ref: "refs/heads/main", commit: repository.main, upstream)
      _ = try await harness.list(version)
      let before = upstream.requests.count
      for id in [
        repository.secret, repository.hidden, repository.tag, repository.parent,
        String(repeating: "1", count: 40),
      ] {
        for wants in [[id], [repository.main, id]] {
          let refused = try await harness.fetch(wants, version)
          #expect(refused.status == 200)
          #expect(
            refused.text.dropFirst(4) == "ERR object \(id) is not available: "
              + "it does not exist, or is not on a ref that may be fetched")
        }
      }
      for other in ["team/other.git", "team/nothing.git"] {
        #expect(try await harness.advertise(other, fields: .git(version)).status == 404)
        #expect(try await harness.fetch([repository.main], version, other).status == 404)
      }
      #expect(upstream.requests.count == before)
      #expect(harness.log.text.contains("reason=object: \(repository.secret)"))
    }
  }

  @Test func whatOneChannelWasShownOpensNothingOnAnother() async throws {
    try await withUpstreams { scratch, repository, upstream in
      let first = try await HandlerHarness.granted(scratch, ref: "refs/heads/main", upstream)
      _ = try await first.list(.v2)
      let second = try await HandlerHarness.granted(scratch, ref: "refs/heads/main", upstream)
      #expect(try await second.fetch([repository.main], .v2).text.contains("ERR object"))
      #expect(try await first.fetch([repository.main], .v2).text.contains("PACK"))
    }
  }

  /// A worker may not list everything first and show its grant then.
  @Test func aGrantTakesBackWhatWasShownBefore() async throws {
    try await withUpstreams { scratch, repository, upstream in
      let fixture = try GrantFixture(scratch, isRequired: false)
      let harness = try HandlerHarness(grants: fixture.rules, upstream)
      #expect(try await harness.list(.v2).contains(repository.secret))
      _ = try await harness.send(
        .put, "/.sallyport/grant", body: try fixture.envelope(ref: "refs/heads/main"))
      #expect(try await harness.fetch([repository.secret], .v2).text.contains("ERR object"))
    }
  }

  @Test func anotherEditionOfThePolicyTakesBackWhatWasShown() async throws {
    final class Changing: FetchPolicy {
      let ref = Mutex("refs/heads/secret")
      func access(
        of caller: FetchCaller, to repository: RepositoryName
      ) async throws(RequestRefusal) -> FetchAccess {
        let ref = ref.withLock { $0 }
        return FetchAccess(permission: .refs { $0.rawValue == ref }, edition: ref)
      }
    }
    try await withUpstreams { _, repository, upstream in
      let policy = Changing()
      let harness = try HandlerHarness(policy: policy, upstream)
      #expect(try await harness.list(.v2).contains(repository.secret))
      #expect(try await harness.fetch([repository.secret], .v2).text.contains("PACK"))
      policy.ref.withLock { $0 = "refs/heads/main" }
      #expect(try await harness.fetch([repository.secret], .v2).text.contains("ERR object"))
      #expect(!(try await harness.list(.v2)).contains(repository.secret))
    }
  }

  @Test func compressedRequestsAreReadToo() async throws {
    try await withUpstreams { scratch, repository, upstream in
      let harness = try await HandlerHarness.granted(scratch, ref: "refs/heads/main", upstream)
      _ = try await harness.list(.v0)
      for (id, expected) in [(repository.main, "PACK"), (repository.secret, "ERR object")] {
        try await scratch.shell(
          "printf '0032want %s\\n00000009done\\n' \"$1\" | gzip > body.gz", id)
        let response = try await harness.uploadPack(
          "team/app.git", try scratch.bytes("body.gz"), fields: [.contentEncoding: "gzip"])
        #expect(response.status == 200)
        #expect(response.text.contains(expected))
      }
    }
  }

  static let malformed: [[UInt8]] = [
    [], [0xFF], Array("zzzz".utf8), Array("0003".utf8), Array("fff1".utf8), Array("0032want".utf8),
    .pktLines("want 1"), .pktLines("0001"), .pktLines("done"),
    .pktLines("command=fetch", "0001", "want x", "0000"), .pktLines("command=fetch", "0001"),
    .pktLines("command=fetch", "0001", "want \(String(repeating: "1", count: 40))", "done"),
    .pktLines("command=bundle-uri", "0000"), .pktLines("command=object-info", "0001", "0000"),
    .pktLines("command=fetch", "0001", "packfile-uris https", "done", "0000"),
    .pktLines("command=fetch", "server-option=x", "0001", "done", "0000"),
    .pktLines("command=ls-refs", "0001", "0000", "0000"),
    .pktLines("0000", "0000", "0000", "0000"), .pktLines("have x"),
  ]

  /// The server is not asked, and the person is told.
  @Test func malformedRequestsEndHere() async throws {
    try await withUpstreams { scratch, repository, upstream in
      let granted = try await HandlerHarness.granted(scratch, ref: "refs/heads/main", upstream)
      for harness in [try HandlerHarness(upstream), granted] {
        for body in Self.malformed {
          for version in Self.versions {
            let response = try await harness.uploadPack(
              "team/app.git", body, fields: .git(version))
            #expect(
              response.text.dropFirst(4).hasPrefix("ERR "),
              "\(String(decoding: body, as: UTF8.self)): \(response.text)")
            #expect(response.recorded.isFinished)
          }
        }
      }
      #expect(upstream.requests == [])
    }
  }
}
