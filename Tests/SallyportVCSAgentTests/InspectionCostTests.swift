import FoundationEssentials
import HTTPTypes
import NIOCore
import SallyportCore
import SallyportGitProtocol
import SallyportRelay
import Synchronization
import Testing

@testable import SallyportVCSAgent

private let measuredSource = ProcessInfo.processInfo.environment["SALLYPORT_MEASURE"]

/// What inspection costs. Prints figures; run alone, with `SALLYPORT_MEASURE` set to a bundle or a
/// repository.
@Suite(.enabled(if: measuredSource != nil), .serialized)
struct InspectionCostTests {
  private final class Sink: SealedResponder {
    private let count = Mutex(0)
    var bytes: Int { count.withLock { $0 } }
    func start(_ response: HTTPResponse) async throws {}
    func write(_ piece: ByteBuffer) async throws { count.withLock { $0 += piece.readableBytes } }
    func finish() async throws {}
  }

  /// Sends the same pack for every fetch, as fast as it is taken.
  private struct PackUpstream: Upstream {
    static let pieces = 16_384
    static let piece = ByteBuffer(repeating: 0x50, count: 32 << 10)
    let list: [UInt8]

    func serve(
      _ request: UpstreamRequest, body: CheckedBody, response: any SealedResponder
    ) async throws {
      for try await _ in body {}
      try await response.start(HTTPResponse(status: .ok))
      guard request.path.resource == .uploadPack else {
        return try await response.write(ByteBuffer(bytes: list))
      }
      try await response.write(ByteBuffer(bytes: [UInt8].pktLines("packfile")))
      for _ in 0..<Self.pieces { try await response.write(Self.piece) }
    }
  }

  private struct Policy: FetchPolicy {
    func access(
      of caller: FetchCaller, to repository: RepositoryName
    ) async throws(RequestRefusal) -> FetchAccess {
      FetchAccess(permission: .refs { !$0.rawValue.hasPrefix("refs/secret/") }, edition: "")
    }
  }

  /// List and fetch through the handler, or straight from the upstream.
  private func fetch(
    _ id: String, _ upstream: any Upstream, isInspected: Bool
  ) async throws -> (seconds: Double, bytes: Int) {
    let lines: [UInt8] = .pktLines(
      "command=fetch", "0001", "ofs-delta", "want \(id)", "done", "0000")
    let sink = Sink()
    let harness = try HandlerHarness(policy: Policy(), upstream)
    let clock = ContinuousClock()
    let duration = try await clock.measure {
      let list = RecordingResponder()
      if isInspected {
        _ = try await harness.advertise("team/app.git", response: list)
        var request = HTTPRequest(
          method: .post, scheme: "https", authority: "vcs", path: "/team/app.git/git-upload-pack")
        request.headerFields = [.contentType: GitRequest.requestType, .gitProtocol: "version=2"]
        try await harness.handler.handle(
          request, body: HandlerHarness.body([lines]), from: harness.peer, response: sink)
      } else {
        let request = try GitRequest(
          HTTPRequest(
            method: .post, scheme: "https", authority: "vcs",
            path: "/team/app.git/git-upload-pack",
            headerFields: [.contentType: GitRequest.requestType, .gitProtocol: "version=2"]))
        let repository = try RepositoryPath(
          parsing: "/team/app.git/info/refs?service=git-upload-pack")
        try await upstream.serve(
          UpstreamRequest(path: repository, version: .v0, bodyLength: 0), body: .none,
          response: list)
        // A body is never without inspection; one that allows everything costs microseconds.
        let body = RequestInspection(
          request, body: MeteredBody(HandlerHarness.body([lines]), limit: 1 << 20),
          permission: .wholeRepository, limits: FetchLimits(),
          shown: ShownOnChannel(isComplete: true))
        _ = try await body.prepare()
        try await upstream.serve(
          UpstreamRequest(path: request.path, version: .v2, bodyLength: lines.count),
          body: CheckedBody(inspection: body), response: MeteredResponder(sink))
      }
    }
    return (duration / .seconds(1), sink.bytes)
  }

  private func compare(
    _ name: String, _ id: String, _ upstream: any Upstream, rounds: Int
  ) async throws {
    var (with, without): ([Double], [Double]) = ([], [])
    var bytes = 0
    for round in 0..<(2 * rounds) {
      // In turn, and each first in every other round.
      let isInspected = (round / 2 + round) % 2 == 0
      let result = try await fetch(id, upstream, isInspected: isInspected)
      if isInspected { with.append(result.seconds) } else { without.append(result.seconds) }
      bytes = result.bytes
    }
    let (a, b) = (with.sorted()[rounds / 2], without.sorted()[rounds / 2])
    print(
      "MEASURED \(name): \(bytes) bytes, inspected \(a) s, not inspected \(b) s, "
        + "\((a / b - 1) * 100) % (medians of \(rounds); minima \(with.min() ?? 0), "
        + "\(without.min() ?? 0))")
  }

  @Test func aLargeClone() async throws {
    try await Scratch.with { scratch in
      let id = try await scratch.shell(
        """
        mkdir -p repositories/team; git clone -q --bare "$1" repositories/team/app.git
        git -C repositories/team/app.git rev-parse HEAD
        """, try #require(measuredSource)
      ).prefix(40)
      try await compare(
        "clone", String(id), LocalUpstream(directory: scratch.path("repositories")), rounds: 7)
    }
  }

  @Test func aPackOfHalfAGigabyte() async throws {
    let id = String(repeating: "1", count: 40)
    let refs = (0..<10_000).map { "\(id) refs/heads/branch-\($0)" }
    let list: [UInt8] = .pktLines(
      ["# service=git-upload-pack", "0000", "\(id) HEAD\0symref=HEAD:refs/heads/branch-1"] + refs
        + ["0000"])
    try await compare("pack", id, PackUpstream(list: list), rounds: 15)
  }

  /// A grant is shown, and a list and a fetch checked.
  @Test func oneRequest() async throws {
    try await Scratch.with { scratch in
      let fixture = try GrantFixture(scratch)
      let id = String(repeating: "1", count: 40)
      let upstream = PackUpstream(
        list: .pktLines("\(id) refs/heads/main\0symref=HEAD:refs/heads/main", "0000"))
      let clock = ContinuousClock()
      var (grants, lists, refusals): ([Double], [Double], [Double]) = ([], [], [])
      for _ in 0..<1_000 {
        let harness = try HandlerHarness(grants: fixture.rules, upstream)
        let envelope = try fixture.envelope(ref: "refs/heads/main")
        grants.append(
          try await clock.measure {
            _ = try await harness.send(.put, "/.sallyport/grant", body: envelope)
          } / .milliseconds(1))
        lists.append(
          try await clock.measure {
            _ = try await harness.advertise("team/app.git")
          } / .milliseconds(1))
        let other = String(repeating: "2", count: 40)
        refusals.append(
          try await clock.measure {
            _ = try await harness.fetch([other], .v2)
          } / .milliseconds(1))
      }
      for (name, times) in [("grant", grants), ("list", lists), ("refused want", refusals)] {
        let sorted = times.sorted()
        print("MEASURED \(name): p50 \(sorted[500]) ms, p99 \(sorted[990]) ms")
      }
    }
  }
}
