import SallyportCore
import SallyportLedger
import SallyportProtos
import SallyportRelay
import SallyportTestSupport
import Synchronization
import Testing

@testable import SallyportWorker

struct CheckoutRetriesTests {
  private let attempt = AttemptID(job: .random(), epoch: 1)
  private let ledger = MemoryLedger()

  @Test func theNumberOfAttemptsIsBounded() {
    var retries = CheckoutRetries()
    var delays = 0
    while let delay = retries.next(atLeast: .zero, after: .seconds(1)) {
      #expect(delay <= .seconds(15))
      delays += 1
    }
    #expect(delays == retries.attempts - 1)
    #expect(retries.spent(.seconds(12)) == " after 8 attempts in 12 s, the last")
    #expect(CheckoutRetries().spent(.seconds(12)) == "")
  }

  @Test func theirTimeIsBoundedWhateverTheGatewayAsksFor() {
    var retries = CheckoutRetries()
    #expect(retries.next(atLeast: .seconds(299), after: .zero) != nil)
    #expect(retries.next(atLeast: .seconds(1), after: .seconds(299.5)) == nil)
    #expect(retries.next(atLeast: .seconds(100_000), after: .zero) == nil)
  }

  /// The error at the end, and how often a channel was opened.
  private func failure(
    _ errors: [any Error & Sendable], dials: [RelayError] = []
  ) async throws -> (message: String, attempts: Int, log: String) {
    let directory = try TemporaryDirectory()
    let dialer = FakeSealedDialer()
    dialer.failures.withLock { $0 = dials }
    let checkouts = FakeCheckout()
    checkouts.failures.withLock { $0 = errors }
    let links = LinkBoard()
    let spool = try LogSpool.create(directory.file("log"))
    let disk = try Disk(name: "test")
    var retries = CheckoutRetries()
    retries.attempts = 4
    retries.backoff = Backoff(base: .milliseconds(1), maximum: .milliseconds(2))
    let stage = CheckoutStage(
      control: AttemptControl(attempt: attempt, fence: RunningJob.far, cancelGrace: .zero),
      links: links, provider: checkouts,
      log: AttemptLog(spool: spool, disk: disk, masks: JobMasks()),
      workspaceDisk: disk, ledger: ledger, logger: quietLogger, retries: retries)
    let workspace = try Workspace.create(attempt, in: directory.path)
    let specification = CheckoutSpecification(
      vcsPool: try PoolName("git"), repository: "team/app.git", ref: "main", commit: "")
    var message = ""
    try await InProcessDialer(gateway: FakeGateway(), sealed: dialer).withLink { link in
      links.publish(
        GatewayAccess(
          service: Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client),
          dialer: dialer))
      do {
        _ = try await stage.run(specification, into: workspace)
      } catch {
        message = "\(error)"
      }
    }
    let log = String(decoding: try spool.chunk(at: 0, upTo: 1 << 20), as: UTF8.self)
    return (message, dialer.requests.withLock { $0.count }, log)
  }

  private func error(_ code: RelayError.Code) -> RelayError {
    RelayError(code: code, message: "the relay broke")
  }

  @Test(arguments: [RelayError.Code.reset, .connectionLost, .truncated, .idle])
  func aRelayThatBreaksIsOpenedAgain(code: RelayError.Code) async throws {
    let result = try await failure([error(code), error(code)])
    #expect(result.message == "" && result.attempts == 3)
    #expect(result.log.contains("checkout interrupted, trying again: the relay broke"))
  }

  @Test func theErrorAtTheEndNamesTheAttempts() async throws {
    let result = try await failure((0..<9).map { _ in error(.reset) })
    #expect(result.attempts == 4)
    #expect(result.message.hasPrefix("checkout failed after 4 attempts in "))
    #expect(result.message.hasSuffix("s, the last: the relay broke"))
  }

  @Test func whatIsForgedOrRefusedIsNotTriedAgain() async throws {
    let forged = try await failure([error(.sealFailed)])
    #expect(forged.message == "checkout failed: the relay broke" && forged.attempts == 1)
    let unsealed = try await failure([], dials: [error(.sealFailed)])
    #expect(unsealed.message == "checkout failed: the relay broke" && unsealed.attempts == 1)
    for status in [403, 404] {
      let refusal = RelayRefusal(status: status, reason: "no", retryAfter: nil)
      let refused = try await failure(
        [], dials: [RelayError(code: .refused, message: "refused", refusal: refusal)])
      #expect(refused.attempts == 1)
      #expect(refused.message == "checkout failed: the gateway refused the relay (\(status)): no")
    }
  }

  @Test(arguments: [503, 504]) func anAgentThatIsAwayIsWaitedFor(status: Int) async throws {
    let refusal = RelayRefusal(
      status: status, reason: "no agent", retryAfter: .milliseconds(3))
    let result = try await failure(
      [],
      dials: [
        RelayError(code: .refused, message: "refused", refusal: refusal),
        RelayError(code: .refused, message: "refused", refusal: refusal),
      ])
    #expect(result.message == "" && result.attempts == 3)
  }
}
