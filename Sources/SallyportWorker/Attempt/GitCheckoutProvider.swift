package import Logging
import SallyportCore
package import SallyportGit
package import SallyportMetrics
import SallyportRelay

/// Checks out with SallyportGit, fetching through the sealed channel.
package struct GitCheckoutProvider: CheckoutProvider {
  private let git: GitCheckout
  private let received: Counter

  /// - Parameters:
  ///   - mirrors: Holds a bare mirror of each repository.
  ///   - received: Counts bytes of answers.
  package init(
    mirrors: String, limits: GitLimits = GitLimits(), received: Counter = Counter(), logger: Logger
  ) {
    self.received = received
    git = GitCheckout(cacheDirectory: mirrors, limits: limits, logger: logger)
  }

  package func checkOut(
    _ specification: CheckoutSpecification, into directory: String,
    through open: @escaping OpenChannel, progress: @escaping @Sendable (String) -> Void
  ) async throws -> CheckedOut {
    let request = GitCheckout.Request(
      pool: specification.vcsPool.rawValue,
      repository: try RepositoryName(specification.repository),
      revision: try GitRevision(ref: specification.ref, commit: specification.commit),
      workspace: directory)
    do {
      let result = try await git.checkOut(
        request, through: Connector(open: open, received: received),
        progress: { progress(Self.line(for: $0)) })
      return CheckedOut(
        commit: "\(result.commit)",
        summary: "received \(result.receivedBytes) bytes in \(result.receivedObjects) objects")
    } catch {
      // The attempt's own errors are known better where they come from.
      switch error.cause {
      case let cause as RelayError: throw cause
      case let cause as LinkLost: throw cause
      case let cause as AttemptFailure: throw cause
      case let cause as AttemptStopped: throw cause
      default: throw error
      }
    }
  }

  package func isTransient(_ error: any Error) -> Bool {
    guard let error = error as? GitError else { return false }
    return switch error.code {
    case .truncated, .stalled: true
    case .exchangeFailed: error.cause is AgentBusy
    default: false
    }
  }

  private static func line(for progress: GitProgress) -> String {
    switch progress {
    case .waitingForLock: "waiting for another checkout of the same repository"
    case .fetching(let objects, let total, let bytes):
      "received \(objects) of \(total) objects, \(bytes) bytes"
    case .checkingOut(let entries, let total): "wrote \(entries) of \(total) files"
    }
  }

  private struct Connector: GitSmartConnector {
    let open: OpenChannel
    let received: Counter

    func withExchange(
      _ body: @escaping @Sendable (any GitSmartExchange) async throws -> Void
    ) async throws {
      try await open { try await body(SealedGitExchange(channel: $0, received: received)) }
    }
  }
}
