import Dispatch
import Logging
import SallyportCore
import Testing

@testable import SallyportGit

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
  /// Blocks every response until it is cancelled.
  private struct SilentExchange: GitSmartExchange {
    let started: AsyncStream<Void>.Continuation

    func perform(_ request: GitSmartRequest, response: GitResponseSink) async throws {
      started.yield()
      try await Task.sleep(for: .seconds(3_600))
    }
  }

  @Test func endsAFetchThatWaits() async throws {
    try await GitFixture.with { fixture in
      let (started, continuation) = AsyncStream<Void>.makeStream()
      let task = Task {
        try await fixture.checkOut(through: SilentExchange(started: continuation))
      }
      for await _ in started { break }
      task.cancel()
      let error = await #expect(throws: GitError.self) { try await task.value }
      #expect(error?.code == .cancelled)
    }
  }

  @Test func endsWaitingForTheLock() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let (started, continuation) = AsyncStream<Void>.makeStream()
      let holder = Task {
        try await fixture.checkOut(into: "one", through: SilentExchange(started: continuation))
      }
      for await _ in started { break }
      let (waiting, waits) = AsyncStream<Void>.makeStream()
      let waiter = Task {
        try await GitCheckout(cacheDirectory: fixture.cache, logger: .init(label: "test")).checkOut(
          .init(
            pool: "onprem", repository: try RepositoryName("team/app.git"),
            revision: try GitRevision(ref: "main", commit: ""), workspace: fixture.workspace("two")),
          through: UploadPackExchange(fixture.bare)
        ) { progress in
          if progress == .waitingForLock { waits.yield() }
        }
      }
      for await _ in waiting { break }
      waiter.cancel()
      let error = await #expect(throws: GitError.self) { try await waiter.value }
      #expect(error?.code == .cancelled)
      holder.cancel()
      _ = await holder.result
      _ = try await fixture.checkOut(into: "three")
    }
  }

  @Test func givesUpOnASilentServer() async throws {
    try await GitFixture.with { fixture in
      let (_, continuation) = AsyncStream<Void>.makeStream()
      var limits = GitLimits()
      limits.idleTimeout = .milliseconds(50)
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(
          limits: limits, through: SilentExchange(started: continuation))
      }
      #expect(error?.code == .stalled)
    }
  }

  /// A connection that waits is one that others cannot have.
  @Test func connectsOnlyOnceItHasTheLock() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let (started, continuation) = AsyncStream<Void>.makeStream()
      let holder = Task {
        try await fixture.checkOut(into: "one", through: SilentExchange(started: continuation))
      }
      for await _ in started { break }
      let connector = CountingConnector(exchange: UploadPackExchange(fixture.bare))
      let (waiting, waits) = AsyncStream<Int>.makeStream()
      let waiter = Task {
        try await GitCheckout(cacheDirectory: fixture.cache, logger: Logger(label: "test"))
          .checkOut(try request(fixture, "two"), through: connector) { progress in
            if progress == .waitingForLock { waits.yield(connector.connections.add(0)) }
          }
      }
      for await connections in waiting {
        #expect(connections == 0)
        break
      }
      holder.cancel()
      _ = await holder.result
      _ = try await waiter.value
      #expect(connector.connections.add(0) == 1)
    }
  }

  private struct CountingConnector: GitSmartConnector {
    let exchange: any GitSmartExchange
    let connections = Counter()

    func withExchange(
      _ body: @escaping @Sendable (any GitSmartExchange) async throws -> Void
    ) async throws {
      connections.add(1)
      try await body(exchange)
    }
  }

  private struct Refused: Error {}

  private struct RefusingConnector: GitSmartConnector {
    func withExchange(
      _ body: @escaping @Sendable (any GitSmartExchange) async throws -> Void
    ) async throws { throw Refused() }
  }

  @Test func aConnectionThatCannotBeMadeIsTheReason() async throws {
    try await GitFixture.with { fixture in
      let checkout = GitCheckout(cacheDirectory: fixture.cache, logger: Logger(label: "test"))
      let error = await #expect(throws: GitError.self) {
        try await checkout.checkOut(try request(fixture, "one"), through: RefusingConnector())
      }
      #expect(error?.code == .exchangeFailed)
      #expect(error?.cause is Refused)
    }
  }

  /// Cancels what goes on inside, and then says why.
  private struct BreakingConnector: GitSmartConnector {
    let broken: AsyncStream<Void>
    let exchange: any GitSmartExchange

    func withExchange(
      _ body: @escaping @Sendable (any GitSmartExchange) async throws -> Void
    ) async throws {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body(exchange) }
        group.addTask {
          for await _ in broken { throw Refused() }
        }
        defer { group.cancelAll() }
        try await group.next()
      }
    }
  }

  @Test func aConnectionThatBreaksIsTheReason() async throws {
    try await GitFixture.with { fixture in
      let (started, continuation) = AsyncStream<Void>.makeStream()
      let connector = BreakingConnector(
        broken: started, exchange: SilentExchange(started: continuation))
      let checkout = GitCheckout(cacheDirectory: fixture.cache, logger: Logger(label: "test"))
      let error = await #expect(throws: GitError.self) {
        try await checkout.checkOut(try request(fixture, "one"), through: connector)
      }
      #expect(error?.code == .exchangeFailed)
      #expect(error?.cause is Refused)
    }
  }

  private func request(_ fixture: GitFixture, _ name: String) throws -> GitCheckout.Request {
    GitCheckout.Request(
      pool: "onprem", repository: try RepositoryName("team/app.git"),
      revision: try GitRevision(ref: "main", commit: ""), workspace: fixture.workspace(name))
  }

  /// libgit2 offers no way to end a checkout once it writes.
  @Test func endsACheckoutThatWritesFiles() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 5)
      let (writing, writes) = AsyncStream<Void>.makeStream()
      let goOn = DispatchSemaphore(value: 0)
      var limits = GitLimits()
      limits.progressInterval = .zero
      let checkout = GitCheckout(
        cacheDirectory: fixture.cache, limits: limits, logger: Logger(label: "test"))
      let task = Task {
        try await checkout.checkOut(
          .init(
            pool: "onprem", repository: try RepositoryName("team/app.git"),
            revision: try GitRevision(ref: "main", commit: ""), workspace: fixture.workspace()),
          through: UploadPackExchange(fixture.bare)
        ) { progress in
          guard case .checkingOut(entries: 2, _) = progress else { return }
          // On libgit2's own thread.
          writes.yield()
          goOn.wait()
        }
      }
      for await _ in writing { break }
      task.cancel()
      goOn.signal()
      let error = await #expect(throws: GitError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(try fixture.names(in: fixture.workspace()).count == 3)
    }
  }

  @Test func passesTheExchangesOwnErrorOn() async throws {
    try await GitFixture.with { fixture in
      let exchange = ScriptedExchange { _, _ in
        throw GitError(code: .repositoryUnavailable, message: "not for you")
      }
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(through: exchange)
      }
      #expect(error?.code == .repositoryUnavailable)
      #expect(error?.message == "not for you")
    }
  }
}
