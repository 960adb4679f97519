import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// The uploader against a gateway that loses answers, goes back, and breaks off.
@Suite(.timeLimit(.minutes(1)))
struct LogUploaderTests {
  private let attempt = AttemptID(job: .random(), epoch: 1)

  /// Uploads a log of `size` bytes of payload, some of it while it is still being written.
  private func upload(
    size: Int, to gateway: FakeGateway
  ) async throws -> (fate: ResultDelivery.LogFate, isSame: Bool) {
    let directory = try TemporaryDirectory()
    let disk = try Disk(name: "test")
    let spool = try LogSpool.create(directory.file("log"))
    let links = LinkBoard()
    let delivery = ResultDelivery(
      attempt: attempt, links: links, disk: disk, clock: ContinuousClock(), logger: quietLogger,
      backoff: Backoff(base: .milliseconds(1), maximum: .milliseconds(5)),
      answerTimeout: .milliseconds(250))
    let fate = try await InProcessDialer(gateway: gateway).withLink { link in
      links.publish(
        GatewayAccess(
          service: Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client), dialer: nil))
      async let fate = delivery.upload(spool)
      var written = 0
      while written < size {
        let piece = min(40_000, size - written)
        let bytes = (0..<piece).map { UInt8(truncatingIfNeeded: written + $0) }
        try await disk.perform { () throws(SystemError) in
          try spool.append(bytes, to: .stdout, at: 1)
        }
        written += piece
      }
      try await disk.perform { () throws(SystemError) in _ = try spool.seal() }
      return try await fate
    }
    let expected = try spool.length == 0 ? [] : wholeLog(spool)
    return (fate, gateway.state.withLock { $0.logs[attempt] ?? [] } == expected)
  }

  private func wholeLog(_ spool: LogSpool) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while UInt64(bytes.count) < spool.length {
      bytes += try spool.chunk(at: UInt64(bytes.count), upTo: 1 << 20)
    }
    return bytes
  }

  @Test(arguments: [0, 1, 40_000, 5_000_000])
  func aLogArrivesWhole(size: Int) async throws {
    let result = try await upload(size: size, to: FakeGateway())
    #expect(result == (.complete, true))
  }

  @Test func brokenStreamsResumeAtTheDurableOffset() async throws {
    let gateway = FakeGateway()
    gateway.logAnswers.withLock { $0 = { $0 % 3 == 2 ? .fail(.unavailable) : .commit } }
    #expect(try await upload(size: 3_000_000, to: gateway) == (.complete, true))
  }

  @Test func bytesCommittedWithoutAnAnswerAreNotDoubled() async throws {
    let gateway = FakeGateway()
    gateway.logAnswers.withLock {
      $0 = { number in
        switch number % 4 {
        case 2: .commitSilently
        case 3: .fail(.unavailable)
        default: .commit
        }
      }
    }
    #expect(try await upload(size: 3_000_000, to: gateway) == (.complete, true))
  }

  @Test func aGatewayThatSkipsChunksGetsThemAgain() async throws {
    let gateway = FakeGateway()
    gateway.logAnswers.withLock { $0 = { $0 % 5 == 4 ? .ignore : .commit } }
    #expect(try await upload(size: 3_000_000, to: gateway) == (.complete, true))
  }

  @Test func aGatewayThatLosesItsLogGetsItFromTheStart() async throws {
    let gateway = FakeGateway()
    let attempt = attempt
    gateway.logAnswers.withLock {
      $0 = { number in
        if number == 6 {
          gateway.state.withLock { $0.logs[attempt] = [] }
          return .ignore
        }
        return .commit
      }
    }
    #expect(try await upload(size: 3_000_000, to: gateway) == (.complete, true))
  }

  @Test(arguments: [RPCError.Code.failedPrecondition, .notFound, .permissionDenied, .outOfRange])
  func aFinalRefusalEndsTheUpload(code: RPCError.Code) async throws {
    let gateway = FakeGateway()
    gateway.logAnswers.withLock { $0 = { $0 >= 2 ? .fail(code) : .commit } }
    guard case .refused(let reason) = try await upload(size: 3_000_000, to: gateway).fate else {
      Issue.record("the log was taken")
      return
    }
    #expect(!reason.isEmpty && !reason.contains("\n"))
  }

  /// However long it takes: what is busy now is not full.
  @Test func aBusyGatewayIsAskedUntilItTakesTheLog() async throws {
    let gateway = FakeGateway()
    gateway.logAnswers.withLock {
      $0 = { (2..<40).contains($0) ? .fail(.resourceExhausted) : .commit }
    }
    #expect(try await upload(size: 300_000, to: gateway) == (.complete, true))
  }

  @Test func aSilentGatewayHoldsBackAtMostOneMebibyte() async throws {
    let gateway = FakeGateway()
    gateway.logAnswers.withLock { $0 = { $0 == 0 ? .commit : .commitSilently } }
    let directory = try TemporaryDirectory()
    let disk = try Disk(name: "test")
    let spool = try LogSpool.create(directory.file("log"))
    for _ in 0..<60 {
      try spool.append([UInt8](repeating: 7, count: 65_000), to: .stdout, at: 1)
    }
    try spool.seal()
    let uploader = LogUploader(
      attempt: attempt, spool: spool, disk: disk, answerTimeout: .seconds(3))
    let result = try await InProcessDialer(gateway: gateway).withLink { link in
      try await uploader.run(
        through: Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client))
    }
    #expect(result == .restart)
    let held = gateway.state.withLock { $0.largestUnacknowledged }
    #expect(held > 700_000 && held <= 1 << 20)
  }
}
