import HTTPTypes
import Logging
import NIOCore
import SallyportCore
import SallyportGit
import Testing

@testable import SallyportVCSAgent

@Suite(.timeLimit(.minutes(2))) struct RealGitServerTests {
  private func fetch(_ scratch: Scratch, _ harness: HandlerHarness, into name: String) async throws
    -> GitCheckout.Result
  {
    try await GitCheckout(cacheDirectory: scratch.path("cache"), logger: Logger(label: "test"))
      .checkOut(
        .init(
          pool: "onprem", repository: try RepositoryName("team/app.git"),
          revision: try GitRevision(ref: "main", commit: ""), workspace: scratch.path(name)),
        through: HandlerExchange(harness: harness))
  }

  @Test func fetchesFromRealServerOverHTTPS() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository(noise: 3_000_000)
      try await GitServer.with(scratch) { url in
        let file = try scratch.write("credential", "\(GitServer.user)\n\(GitServer.password)\n")
        try await HTTPSUpstreamClient.withUpstream(
          url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
          credentials: FileCredential(path: file)
        ) { upstream in
          let harness = try HandlerHarness(upstream)
          let first = try await fetch(scratch, harness, into: "first")
          #expect(first.commit.hexadecimal == commit)
          #expect(first.receivedBytes > 3_000_000)
          try await scratch.shell(
            """
            echo more > work/more; git -C work add -A; git -C work commit -q -m More
            git -C work push -q "$PWD/repositories/team/app.git" main
            """)
          let second = try await fetch(scratch, harness, into: "second")
          #expect(second.receivedObjects == 3)
          #expect(second.receivedBytes < 4_096)
          try await scratch.shell(
            "git -C second fsck --full --strict && test -z \"$(git -C second status --porcelain)\"")

          let missing = try await harness.advertise("team/nothing.git")
          #expect(missing.status == 404)
          let version2 = try await harness.advertise(
            "team/app.git", fields: [.gitProtocol: "version=2"])
          #expect(version2.text.contains("version 2"))
          #expect(!harness.log.text.contains("CANARY"))
        }
        // The server saw the user, and only requests of the two forms.
        let access = try scratch.read("access.log")
        #expect(access.contains("- \(GitServer.user) ["))
        #expect(!access.contains("receive-pack"))
      }
    }
  }

  @Test func refusesWrongPasswordWithoutRepeatingIt() async throws {
    try await Scratch.with { scratch in
      _ = try await scratch.makeRepository()
      try await GitServer.with(scratch) { url in
        let file = try scratch.write("credential", "\(GitServer.user)\nwrong-CANARY\n")
        try await HTTPSUpstreamClient.withUpstream(
          url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
          credentials: FileCredential(path: file)
        ) { upstream in
          let harness = try HandlerHarness(upstream)
          let response = try await harness.advertise("team/app.git")
          #expect(response.status == 502)
          #expect(!response.text.contains("CANARY"))
          #expect(!harness.log.text.contains("CANARY"))
          #expect(harness.log.text.contains("reason=upstream-denied"))
        }
      }
    }
  }

  /// What real Git compresses must reach the server as it was.
  @Test func passesCompressedBodyOn() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository()
      try await GitServer.with(scratch) { url in
        let file = try scratch.write("credential", "\(GitServer.user)\n\(GitServer.password)\n")
        try await HTTPSUpstreamClient.withUpstream(
          url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
          credentials: FileCredential(path: file)
        ) { upstream in
          let harness = try HandlerHarness(upstream)
          try await scratch.shell(
            "printf '0032want %s\\n00000009done\\n' \"$1\" | gzip > body.gz", commit)
          let body = try scratch.bytes("body.gz")
          let response = try await harness.uploadPack(
            "team/app.git", body, fields: [.contentEncoding: "gzip"])
          #expect(response.status == 200)
          #expect(response.text.hasPrefix("0008NAK\nPACK"))
        }
      }
    }
  }
}

@Suite(.timeLimit(.minutes(2))) struct LocalUpstreamTests {
  @Test func servesBareRepositories() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository(noise: 2_000_000)
      let harness = try HandlerHarness(
        LocalUpstream(directory: scratch.path("repositories")))
      let result = try await GitCheckout(
        cacheDirectory: scratch.path("cache"), logger: Logger(label: "test")
      ).checkOut(
        .init(
          pool: "onprem", repository: try RepositoryName("team/app.git"),
          revision: try GitRevision(ref: "main", commit: ""), workspace: scratch.path("w")),
        through: HandlerExchange(harness: harness))
      #expect(result.commit.hexadecimal == commit)
      let version2 = try await harness.advertise(
        "team/app.git", fields: [.gitProtocol: "version=2"])
      #expect(version2.text.contains("version 2"))
    }
  }

  @Test func leavesNoDirectoryButItsOwn() async throws {
    try await Scratch.with { scratch in
      _ = try await scratch.makeRepository()
      try await scratch.shell(
        """
        git clone -q --bare work outside.git
        ln -s "$PWD/outside.git" repositories/team/link.git
        ln -s "$PWD" repositories/team/up
        mkdir repositories/team/empty.git
        """)
      let harness = try HandlerHarness(
        allow: ["**"], LocalUpstream(directory: scratch.path("repositories")))
      for name in [
        "team/nothing.git", "team/link.git", "team/up/outside.git", "team/empty.git", "team",
      ] {
        let response = try await harness.advertise(name)
        #expect(response.status == 404, "\(name)")
      }
      #expect(try await harness.advertise("team/app.git").status == 200)
    }
  }

  @Test func refusesBrokenBodies() async throws {
    try await Scratch.with { scratch in
      _ = try await scratch.makeRepository()
      let harness = try HandlerHarness(LocalUpstream(directory: scratch.path("repositories")))
      let unknown = "0032want \(String(repeating: "1", count: 40))\n00000009done\n"
      for body in [Array("garbage".utf8), Array(unknown.utf8)] {
        let response = try await harness.uploadPack("team/app.git", body)
        #expect(response.status == 200)
        #expect(response.text.dropFirst(4).hasPrefix("ERR "), "\(response.text)")
        #expect(response.recorded.isFinished)
      }
    }
  }

  @Test func inflatesCompressedBodies() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository()
      let harness = try HandlerHarness(LocalUpstream(directory: scratch.path("repositories")))
      try await scratch.shell(
        """
        printf '0032want %s\\n00000009done\\n' "$1" | gzip > body.gz
        head -c 70000000 /dev/zero | gzip > bomb.gz
        """, commit)
      let good = try scratch.bytes("body.gz")
      let fields: HTTPFields = [.contentEncoding: "gzip"]
      let response = try await harness.uploadPack("team/app.git", good, fields: fields)
      #expect(response.status == 200)
      #expect(response.text.hasPrefix("0008NAK\nPACK"))
      for (body, status) in [
        (Array(good.dropLast(9)), 400), (good + [0], 400), ([1, 2, 3], 400),
        (Array("not gzip, but plain".utf8), 400), ([], 400),
      ] {
        let response = try await harness.uploadPack("team/app.git", body, fields: fields)
        #expect(response.status == status, "\(body.count) bytes")
        #expect(response.recorded.isFinished)
      }
      let bomb = InflatedBody(
        base: MeteredBody(HandlerHarness.body([try scratch.bytes("bomb.gz")]), limit: 1 << 20),
        limit: 1 << 20)
      var inflated = 0
      let refusal = await #expect(throws: RequestRefusal.self) {
        for try await piece in bomb { inflated += piece.readableBytes }
      }
      #expect(refusal?.reason == .tooLarge)
      #expect(inflated <= 1 << 20)
    }
  }

  /// Nothing is left waiting for upload-pack, which itself waits for the rest of the body.
  @Test func answersABodyThatIsTooLarge() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository()
      let harness = try HandlerHarness(LocalUpstream(directory: scratch.path("repositories")))
      let (body, feed) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
      feed.yield(ByteBuffer(string: "0032want \(commit)\n0000"))
      // Never ends; more than the limit of lines that upload-pack reads, and does not answer.
      let have = "0032have \(String(repeating: "1", count: 40))\n"
      let lines = ByteBuffer(string: String(repeating: have, count: 20_000))
      for _ in 0...(GitRequest.maximumBody / lines.readableBytes) { feed.yield(lines) }
      let response = try await harness.send(
        .post, "/team/app.git/git-upload-pack", fields: [.contentType: GitRequest.requestType],
        stream: body)
      #expect(response.status == 413)
      #expect(response.recorded.isFinished)
      feed.finish()
    }
  }

  /// Whoever holds back the end of a body holds nothing up once there is nothing more to say.
  @Test func waitsForNoEndOfTheBody() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository()
      let harness = try HandlerHarness(LocalUpstream(directory: scratch.path("repositories")))
      let (body, feed) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
      feed.yield(ByteBuffer(string: "0032want \(commit)\n00000009done\n"))
      let fetched = try await harness.send(
        .post, "/team/app.git/git-upload-pack", fields: [.contentType: GitRequest.requestType],
        stream: body)
      #expect(fetched.status == 200)
      #expect(fetched.text.hasPrefix("0008NAK\nPACK"))
      let advertised = try await harness.send(
        .get, "/team/app.git/info/refs?service=git-upload-pack", stream: body)
      #expect(advertised.status == 200)
      #expect(advertised.text.contains(commit))
      feed.finish()
    }
  }

  @Test func servesTheWholeFileSystemWhereToldTo() async throws {
    try await Scratch.with { scratch in
      _ = try await scratch.makeRepository()
      let harness = try HandlerHarness(allow: ["**"], LocalUpstream(directory: "/"))
      let path = try await scratch.shell("pwd -P").dropFirst().split(separator: "\n")[0]
      let response = try await harness.advertise("\(path)/repositories/team/app.git")
      #expect(response.status == 200)
    }
  }

  /// A worker that goes away takes upload-pack and pack-objects with it.
  @Test func endsChildrenWithTheRequest() async throws {
    try await Scratch.with { scratch in
      let commit = try await scratch.makeRepository(noise: 20_000_000)
      let harness = try HandlerHarness(LocalUpstream(directory: scratch.path("repositories")))
      let (started, continuation) = AsyncStream<Void>.makeStream()
      let response = RecordingResponder { _ in
        continuation.yield()
        try await Task.sleep(for: .seconds(3_600))
      }
      let task = Task {
        try await harness.uploadPack(
          "team/app.git", Array("0032want \(commit)\n00000009done\n".utf8), response: response)
      }
      for await _ in started { break }
      task.cancel()
      await #expect(throws: (any Error).self) { try await task.value }
      try await scratch.shell(
        """
        for file in /proc/[0-9]*/cmdline; do
          if tr '\\0' ' ' < "$file" 2>/dev/null | grep -q "upload-pack.*$PWD/repositories"; then
            echo "left behind: $file" >&2; exit 1
          fi
        done
        """)
    }
  }
}
