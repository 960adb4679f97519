package import Logging
package import SallyportCore

/// Checks commits out into fresh workspaces, fetching through a ``GitSmartExchange`` into mirrors
/// that later checkouts of the same repository start from.
package struct GitCheckout: Sendable {
  /// What to check out, and where.
  package struct Request: Sendable {
    /// The VCS pool that reaches the repository: part of the mirror's identity.
    package var pool: String
    package var repository: RepositoryName
    package var revision: GitRevision
    /// An empty or absent directory. Where the checkout fails, the caller removes it.
    package var workspace: String

    package init(
      pool: String, repository: RepositoryName, revision: GitRevision, workspace: String
    ) {
      self.pool = pool
      self.repository = repository
      self.revision = revision
      self.workspace = workspace
    }
  }

  /// What was checked out.
  package struct Result: Sendable, Hashable {
    package let commit: GitObjectID
    /// The full name of the reference that led to it; nil for a commit fetched by its id.
    package let reference: String?
    /// Objects in the pack that was fetched; 0 where the mirror had all of them.
    package let receivedObjects: Int
    /// Bytes of all responses: advertisement and pack.
    package let receivedBytes: UInt64
  }

  private let directory: String
  private let limits: GitLimits
  private let logger: Logger

  /// - Parameter cacheDirectory: Holds the mirrors; made where there is none. Nothing but this
  ///   type may write into it.
  package init(cacheDirectory: String, limits: GitLimits = GitLimits(), logger: Logger) {
    directory = cacheDirectory
    self.limits = limits
    self.logger = logger
  }

  /// Fetches what is new and checks out exactly one commit.
  ///
  /// Cancelling the task ends waiting and fetching at once, copying and writing files at the next
  /// piece or file.
  ///
  /// - Parameter progress: Called on a thread that may block.
  /// - Throws: ``GitError``.
  package func checkOut(
    _ request: Request, through connector: any GitSmartConnector,
    progress: @escaping @Sendable (GitProgress) -> Void = { _ in }
  ) async throws(GitError) -> Result {
    let session = FetchSession(repository: request.repository, limits: limits, progress: progress)
    let operation = CheckoutOperation(
      directory: directory, request: request, session: session, logger: logger,
      reportWaiting: { progress(.waitingForLock) })
    do {
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await Self.carry(session, through: connector) }
        defer { session.complete() }
        return try await withTaskCancellationHandler {
          try await BlockingThread.run("sallyport.git") { try operation.run() }
        } onCancel: {
          session.cancel()
        }
      }
    } catch let error as GitError {
      throw error
    } catch is CancellationError {
      throw .cancelled
    } catch {
      throw GitError(code: .library, message: "the checkout failed: \(error)", cause: error)
    }
  }

  /// The same with an exchange that is open already.
  package func checkOut(
    _ request: Request, through exchange: any GitSmartExchange,
    progress: @escaping @Sendable (GitProgress) -> Void = { _ in }
  ) async throws(GitError) -> Result {
    try await checkOut(request, through: OpenConnector(exchange: exchange), progress: progress)
  }

  private struct OpenConnector: GitSmartConnector {
    let exchange: any GitSmartExchange

    func withExchange(
      _ body: @escaping @Sendable (any GitSmartExchange) async throws -> Void
    ) async throws { try await body(exchange) }
  }

  /// Carries the requests to the server, on a connection that is made for the first of them.
  private static func carry(
    _ session: FetchSession, through connector: any GitSmartConnector
  ) async {
    for await first in session.exchanges {
      do {
        try await connector.withExchange { exchange in
          await serve(first, and: session.exchanges, through: exchange)
        }
        session.disconnect(because: CancellationError())
      } catch {
        session.disconnect(because: error)
      }
      return
    }
  }

  /// One request that the fetch no longer reads ends by itself: its sink is closed.
  private static func serve(
    _ first: FetchSession.Exchange, and others: AsyncStream<FetchSession.Exchange>,
    through exchange: any GitSmartExchange
  ) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await perform(first, through: exchange) }
      for await next in others {
        group.addTask { await perform(next, through: exchange) }
      }
      group.cancelAll()
    }
  }

  private static func perform(
    _ next: FetchSession.Exchange, through exchange: any GitSmartExchange
  ) async {
    do {
      try await exchange.perform(next.request, response: next.response)
      next.response.end(with: nil)
    } catch is CancellationError where Task.isCancelled {
      // Whoever cancelled knows why: see ``FetchSession/disconnect(because:)``.
    } catch {
      next.response.end(with: error)
    }
  }
}
