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
  /// Cancelling the task ends waiting and fetching at once and a checkout at its next step.
  ///
  /// - Throws: ``GitError``.
  package func checkOut(
    _ request: Request, through exchange: any GitSmartExchange,
    progress: @escaping @Sendable (GitProgress) -> Void = { _ in }
  ) async throws(GitError) -> Result {
    let session = FetchSession(repository: request.repository, limits: limits, progress: progress)
    let operation = CheckoutOperation(
      directory: directory, request: request, session: session, logger: logger,
      reportWaiting: { progress(.waitingForLock) })
    do {
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await Self.carry(session.exchanges, through: exchange) }
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

  /// Carries each request to the server. One that the fetch no longer reads ends by itself: its
  /// sink is closed.
  private static func carry(
    _ exchanges: AsyncStream<FetchSession.Exchange>, through exchange: any GitSmartExchange
  ) async {
    await withDiscardingTaskGroup { group in
      for await next in exchanges {
        group.addTask {
          do {
            try await exchange.perform(next.request, response: next.response)
            next.response.end(with: nil)
          } catch {
            next.response.end(with: error)
          }
        }
      }
      group.cancelAll()
    }
  }
}
