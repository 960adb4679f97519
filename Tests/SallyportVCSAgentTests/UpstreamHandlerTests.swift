import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay
import Synchronization
import Testing

@testable import SallyportVCSAgent

@Suite struct UpstreamHandlerTests {
  // A request's type trims white space at the end of a path, so that it never gets there.
  @Test(arguments: RepositoryPathTests.tricks.filter { !$0.hasSuffix(" ") })
  func neverAsksTheUpstream(_ path: String)
    async throws
  {
    let upstream = CountingUpstream()
    let harness = try HandlerHarness(allow: ["**"], upstream)
    for method in [HTTPRequest.Method.get, .post] {
      let response = try await harness.send(
        method, path, fields: [.contentType: GitRequest.requestType])
      #expect([403, 404, 405].contains(response.status ?? 0))
      #expect(response.recorded.isFinished)
    }
    #expect(upstream.paths == [])
    #expect(harness.log.lines.count == 2)
  }

  @Test func refusesOtherMethods() async throws {
    let upstream = CountingUpstream()
    let harness = try HandlerHarness(upstream)
    let refs = "/team/app.git/info/refs?service=git-upload-pack"
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get"] {
      let response = try await harness.send(try #require(.init(method)), refs)
      #expect(response.status == 405, "\(method)")
    }
    for method in ["GET", "PUT", "HEAD"] {
      let response = try await harness.send(
        try #require(.init(method)), "/team/app.git/git-upload-pack")
      #expect(response.status == 405, "\(method)")
    }
    #expect(upstream.paths == [])
  }

  @Test func refusesOtherBodies() async throws {
    let upstream = CountingUpstream()
    let harness = try HandlerHarness(upstream)
    let path = "/team/app.git/git-upload-pack"
    func status(_ fields: HTTPFields) async throws -> Int? {
      try await harness.send(.post, path, fields: fields, body: Array("0000".utf8)).status
    }
    #expect(try await status([:]) == 415)
    #expect(try await status([.contentType: "text/plain"]) == 415)
    let type = GitRequest.requestType
    #expect(try await status([.contentType: type, .contentEncoding: "deflate"]) == 415)
    #expect(try await status([.contentType: type, .contentLength: "-1"]) == 400)
    #expect(try await status([.contentType: type, .contentLength: "99999999999"]) == 413)
    #expect(try await status([.contentType: type, .gitProtocol: "a b"]) == 400)
    #expect(
      try await status([.contentType: type, .gitProtocol: String(repeating: "a", count: 65)])
        == 400)
    #expect(try await status([.contentType: type, .contentEncoding: "gzip"]) == 400)
    #expect(upstream.paths == [])
    #expect(try await status([.contentType: type, .gitProtocol: "version=2"]) == 200)
    #expect(upstream.paths == ["team/app.git/git-upload-pack"])
  }

  /// A limit of the whole agent: what is too much is refused, and waits for nothing.
  @Test func boundsRequests() async throws {
    final class Waiting: Upstream {
      let started: AsyncStream<Void>.Continuation
      let gates: Mutex<[AsyncStream<Void>]>

      init(started: AsyncStream<Void>.Continuation, gates: [AsyncStream<Void>]) {
        self.started = started
        self.gates = Mutex(gates)
      }

      func serve(
        _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
      ) async throws {
        started.yield()
        guard let gate = gates.withLock({ $0.popLast() }) else { return }
        for await _ in gate {}
        try await response.start(HTTPResponse(status: .ok))
      }
    }
    let (starts, started) = AsyncStream<Void>.makeStream()
    let slots = Slots(2)
    let (gate, end) = AsyncStream<Void>.makeStream()
    let (gate2, end2) = AsyncStream<Void>.makeStream()
    let harness = try HandlerHarness(
      slots: slots, Waiting(started: started, gates: [gate, gate2]))
    let other = try HandlerHarness(slots: slots, CountingUpstream())
    try await withThrowingTaskGroup(of: Int?.self) { group in
      for _ in 0..<2 {
        group.addTask {
          try await harness.uploadPack("team/app.git", Array("0000".utf8)).status
        }
      }
      var iterator = starts.makeAsyncIterator()
      _ = await iterator.next()
      _ = await iterator.next()
      let refused = try await other.advertise("team/app.git")
      #expect(refused.status == 503)
      #expect(refused.text.contains("try again"))
      #expect(other.log.text.contains("reason=busy"))
      end.finish()
      end2.finish()
      while let status = try await group.next() { #expect(status == 200) }
    }
    #expect(try await other.advertise("team/app.git").status == 200)
  }

  @Test func boundsBodyOfUnknownLength() async throws {
    let body = MeteredBody(
      HandlerHarness.body(Array(repeating: [UInt8](repeating: 0, count: 10), count: 3)), limit: 25)
    await #expect(throws: RequestRefusal.self) { for try await _ in body {} }
    #expect(body.bytes == 30)
  }

  /// What may not be read and what does not exist look alike; the log tells them apart.
  @Test func answersAlike() async throws {
    struct Missing: Upstream {
      func serve(
        _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
      ) async throws { throw RequestRefusal(.notFound) }
    }
    let harness = try HandlerHarness(allow: ["team/*"], Missing())
    let missing = try await harness.advertise("team/nothing.git")
    let denied = try await harness.advertise("secret/app.git")
    let invalid = try await harness.advertise("team/../x.git")
    #expect(missing.status == 404)
    #expect(missing.recorded.head == denied.recorded.head)
    #expect(missing.recorded.body == denied.recorded.body)
    #expect(missing.recorded.head == invalid.recorded.head)
    #expect(missing.recorded.body == invalid.recorded.body)
    #expect(harness.log.lines[0].contains("reason=not-found"))
    #expect(harness.log.lines[1].contains("reason=not-allowed"))
    #expect(harness.log.lines[1].contains("repository=secret/app.git"))
    #expect(harness.log.lines[2].contains("reason=invalid-path"))
  }

  @Test func logsOneLinePerRequest() async throws {
    let harness = try HandlerHarness(CountingUpstream())
    _ = try await harness.uploadPack("team/app.git", Array("0000".utf8))
    let line = try #require(harness.log.lines.first)
    #expect(harness.log.lines.count == 1)
    for part in [
      "decision=allowed", "worker=spiffe://customer.example/worker/w1", "repository=team/app.git",
      "service=upload-pack", "status=200", "bytes-in=4", "bytes-out=4", "relay=", "milliseconds=",
      "asked=none",
    ] { #expect(line.contains(part), "\(part) in \(line)") }
  }

  @Test func resetsWhatFailsHalfway() async throws {
    struct Broken: Error {}
    struct Breaking: Upstream {
      func serve(
        _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
      ) async throws {
        try await response.start(HTTPResponse(status: .ok))
        try await response.write(ByteBuffer(string: "0008NAK\nhalf"))
        throw Broken()
      }
    }
    let harness = try HandlerHarness(Breaking())
    let response = RecordingResponder()
    await #expect(throws: Broken.self) {
      try await harness.uploadPack("team/app.git", Array("0000".utf8), response: response)
    }
    #expect(response.text == "0008NAK\nhalf")
    #expect(!response.recorded.isFinished)
    #expect(harness.log.lines.count == 1)
    #expect(harness.log.text.contains("decision=reset"))
  }
}
