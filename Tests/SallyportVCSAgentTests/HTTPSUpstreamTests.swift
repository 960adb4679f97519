import HTTPTypes
import NIOCore
import SallyportCore
import Testing

@testable import SallyportVCSAgent

@Suite(.timeLimit(.minutes(2))) struct HTTPSUpstreamTests {
  static let secret = "hunter2-CANARY-51c7"
  static let type = "content-type: application/x-git-upload-pack-advertisement\r\n"
  static let resultType = "content-type: application/x-git-upload-pack-result\r\n"
  static let want = Array(
    "0032want \(String(repeating: "1", count: 40))\n00000009done\n".utf8)

  struct FixedCredential: CredentialSource {
    func credential(for url: UpstreamURL) async throws -> GitCredential {
      try GitCredential(username: "u", password: HTTPSUpstreamTests.secret)
    }
    func refused() async {}
  }

  private func check(
    limits: HTTPSUpstreamClient.Limits = .init(),
    respond: @escaping @Sendable (String, ScriptedOrigin.Writer) async throws -> Void,
    _ body: @escaping @Sendable (ScriptedOrigin, HandlerHarness) async throws -> Void
  ) async throws {
    try await Scratch.with { scratch in
      try await ScriptedOrigin.with(scratch, respond: respond) { origin, url in
        try await HTTPSUpstreamClient.withUpstream(
          url: UpstreamURL(url), roots: UpstreamRoots(file: scratch.path("ca.pem")),
          credentials: FixedCredential(),
          limits: limits
        ) { upstream in
          let harness = try HandlerHarness(upstream)
          try await body(origin, harness)
          #expect(!harness.log.text.contains(Self.secret))
        }
      }
    }
  }

  @Test(arguments: [
    (301, "https://localhost:1/git/x"), (302, "https://169.254.169.254/latest/meta-data"),
    (303, "file:///etc/passwd"), (307, "http://localhost/x"), (308, "/git/team/other.git"),
    (300, ""), (304, ""),
  ])
  func followsNoRedirect(_ status: Int, _ location: String) async throws {
    try await check { _, out in
      try await out.send(
        "HTTP/1.1 \(status) Moved\r\nlocation: \(location)\r\ncontent-length: 0\r\n\r\n")
    } _: { origin, harness in
      let response = try await harness.advertise("team/app.git")
      #expect(response.status == 502)
      #expect(response.recorded.head?.headerFields[.location] == nil)
      #expect(origin.requests.count == 1)
      #expect(harness.log.text.contains("reason=upstream-redirect"))
    }
  }

  @Test(arguments: [
    (401, "www-authenticate: Basic realm=\"elsewhere\"\r\n"),
    (401, "www-authenticate: Negotiate\r\n"),
    (403, ""), (407, "proxy-authenticate: Basic realm=\"p\"\r\n"),
  ])
  func sendsNoCredentialTwice(_ status: Int, _ header: String) async throws {
    try await check { _, out in
      try await out.send(
        "HTTP/1.1 \(status) No\r\n\(header)content-length: 6\r\n\r\n\(Self.secret.prefix(6))")
    } _: { origin, harness in
      let response = try await harness.advertise("team/app.git")
      #expect(response.status == 502)
      #expect(!response.text.contains(Self.secret.prefix(6)))
      #expect(response.recorded.head?.headerFields[.wwwAuthenticate] == nil)
      #expect(origin.requests.count == 1)
    }
  }

  @Test func passesNoFieldThatIsNotNamed() async throws {
    try await check { _, out in
      try await out.send(
        "HTTP/1.1 200 OK\r\n\(Self.type)set-cookie: a=b\r\nauthorization: Basic x\r\n"
          + "x-internal-host: db1\r\nserver: secret\r\ncontent-length: 4\r\n\r\n0000")
    } _: { origin, harness in
      let response = try await harness.advertise(
        "team/app.git",
        fields: [
          .authorization: "Basic d29ya2Vy", .cookie: "session=1", .gitProtocol: "version=2",
          .userAgent: "worker", .referer: "x", .range: "bytes=0-1",
        ])
      #expect(response.status == 200)
      #expect(response.text == "0000")
      #expect(
        response.recorded.head?.headerFields.map(\.name) == [.contentType, .cacheControl])
      let request = try #require(origin.requests.first).lowercased()
      #expect(request.contains("authorization: basic dtpodw50zxiylunbtkfswS01mwm3".lowercased()))
      #expect(!request.contains("d29ya2vy"))
      #expect(!request.contains("cookie"))
      #expect(!request.contains("worker"))
      #expect(!request.contains("referer"))
      #expect(!request.contains("range"))
      #expect(request.contains("git-protocol: version=2"))
      #expect(
        request.hasPrefix("get /git/team/app.git/info/refs?service=git-upload-pack http/1.1"))
    }
  }

  /// A body that ends before its announced end is an error, never a shorter body.
  @Test(arguments: ["content-length: 100\r\n", "transfer-encoding: chunked\r\n"])
  func resetsTruncatedBody(_ framing: String) async throws {
    try await check { _, out in
      let line = "001e# service=git-upload-pack\n"
      let body = framing.hasPrefix("content") ? line : "1e\r\n\(line)\r\n"
      try await out.send("HTTP/1.1 200 OK\r\n\(Self.type)\(framing)\r\n\(body)")
    } _: { _, harness in
      let response = RecordingResponder()
      await #expect(throws: (any Error).self) {
        try await harness.advertise("team/app.git", response: response)
      }
      #expect(response.text == "001e# service=git-upload-pack\n")
      #expect(!response.recorded.isFinished)
      #expect(harness.log.text.contains("decision=reset"))
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
    "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n0000",
    "HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n"
      + "content-encoding: gzip\r\ncontent-length: 4\r\n\r\n0000",
    "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 206 Partial\r\ncontent-length: 0\r\n\r\n", "NOT HTTP\r\n\r\n", "",
  ])
  func refusesWhatIsNoGitServer(_ answer: String) async throws {
    try await check { _, out in
      try await out.send(answer)
    } _: { _, harness in
      let response = try await harness.advertise("team/app.git")
      #expect(response.status == 502)
      #expect(response.recorded.isFinished)
    }
  }

  @Test func tellsMissingRepositoryLikeDeniedOne() async throws {
    try await check { _, out in
      try await out.send("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
    } _: { _, harness in
      let missing = try await harness.advertise("team/app.git")
      let denied = try await harness.advertise("other/app.git")
      #expect(missing.recorded.head == denied.recorded.head)
      #expect(missing.recorded.body == denied.recorded.body)
    }
  }

  @Test func givesUpOnSlowOrigin() async throws {
    var limits = HTTPSUpstreamClient.Limits()
    limits.idle = .milliseconds(200)
    try await check(limits: limits) { _, _ in
      try await Task.sleep(for: .seconds(3_600))
    } _: { _, harness in
      let response = try await harness.advertise("team/app.git")
      #expect(response.status == 504)
    }
    try await check(limits: limits) { _, out in
      try await out.send("HTTP/1.1 200 OK\r\n\(Self.type)content-length: 9\r\n\r\n001e")
      try await Task.sleep(for: .seconds(3_600))
    } _: { _, harness in
      let response = try await harness.advertise("team/app.git")
      #expect(response.status == 504)
    }
  }

  @Test func cancellationReachesTheOrigin() async throws {
    let (closed, continuation) = AsyncStream<Void>.makeStream()
    let (started, startedContinuation) = AsyncStream<Void>.makeStream()
    try await check { _, out in
      try await out.send("HTTP/1.1 200 OK\r\n\(Self.resultType)content-length: 1000000000\r\n\r\n")
      do {
        while true { try await out.send(String(repeating: "x", count: 65_536)) }
      } catch {
        continuation.yield()
        throw error
      }
    } _: { _, harness in
      let response = RecordingResponder { _ in startedContinuation.yield() }
      let task = Task {
        try await harness.uploadPack("team/app.git", Self.want, response: response)
      }
      for await _ in started { break }
      task.cancel()
      await #expect(throws: (any Error).self) { try await task.value }
      for await _ in closed { break }
      #expect(!response.recorded.isFinished)
    }
  }

  /// A worker that reads slowly holds the origin back instead of filling this process.
  @Test func holdsTheOriginBack() async throws {
    let sent = ByteCounter()
    let gate = AsyncStream<Void>.makeStream()
    try await check { _, out in
      try await out.send("HTTP/1.1 200 OK\r\n\(Self.resultType)content-length: 67108864\r\n\r\n")
      let block = String(repeating: "x", count: 65_536)
      for _ in 0..<1_024 {
        try await out.send(block)
        sent.add(65_536)
      }
    } _: { _, harness in
      let response = RecordingResponder { _ in for await _ in gate.stream { break } }
      let task = Task {
        try await harness.uploadPack("team/app.git", Self.want, response: response)
      }
      // Whatever fits into sockets and buffers goes out; then it must stand still.
      var last = -1
      while sent.value != last || last <= 0 {
        last = sent.value
        try await Task.sleep(for: .milliseconds(300))
      }
      #expect(last < 48 << 20)
      gate.continuation.finish()
      let result = try await task.value
      #expect(result.recorded.body.count == 64 << 20)
    }
  }

  @Test func trustsTheGivenRootOnly() async throws {
    try await Scratch.with { scratch in
      try await ScriptedOrigin.with(scratch) { _, out in
        try await out.send("HTTP/1.1 200 OK\r\n\(Self.type)content-length: 4\r\n\r\n0000")
      } _: { origin, url in
        try await scratch.shell(
          """
          openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
            -keyout other-key.pem -out other.pem -subj "/CN=On-prem Git CA"
          """)
        for (ca, address) in [
          (scratch.path("other.pem"), url), (nil, url),
          (scratch.path("ca.pem"), url.replacing("localhost", with: "127.0.0.1")),
        ] {
          try await HTTPSUpstreamClient.withUpstream(
            url: UpstreamURL(address), roots: ca.map { try UpstreamRoots(file: $0) },
            credentials: FixedCredential()
          ) { upstream in
            let harness = try HandlerHarness(upstream)
            let response = try await harness.advertise("team/app.git")
            #expect(response.status == 502)
          }
        }
        #expect(origin.requests == [])
      }
    }
  }

  @Test func refusesCAFileWithoutCertificates() async throws {
    try await Scratch.with { scratch in
      try scratch.write("empty.pem", "nothing\n")
      for file in ["empty.pem", "missing.pem"] {
        #expect(throws: UpstreamConfigurationError.self) {
          try UpstreamRoots(file: scratch.path(file))
        }
      }
    }
  }

  @Test func parsesAddresses() throws {
    #expect(try UpstreamURL("https://Git.Example/scm").description == "https://git.example/scm/")
    #expect(try UpstreamURL("https://h:8443").description == "https://h:8443/")
    #expect(try UpstreamURL("https://[::1]:8443/a/").authority == "[::1]:8443")
    for text in [
      "http://h/", "https://", "https://u:p@h/", "https://h:0/", "https://h:99999/", "https://h/?x",
      "https://h/#x", "https://h/../x", "https://h//x", "https://h/a b", "file:///etc",
      "ext::sh -c x", "https://h/%2e%2e/", "https://h\\x/", "https://::1/",
    ] { #expect(throws: InvalidUpstreamURL.self) { try UpstreamURL(text) } }
  }
}
