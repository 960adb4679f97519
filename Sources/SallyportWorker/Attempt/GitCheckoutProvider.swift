package import Logging
import SallyportCore
package import SallyportGit
package import SallyportRelay

/// Checks out with SallyportGit, fetching through the sealed channel.
package struct GitCheckoutProvider: CheckoutProvider {
  private let git: GitCheckout

  /// - Parameter mirrors: Holds a bare mirror of each repository.
  package init(mirrors: String, limits: GitLimits = GitLimits(), logger: Logger) {
    git = GitCheckout(cacheDirectory: mirrors, limits: limits, logger: logger)
  }

  package func checkOut(
    _ specification: CheckoutSpecification, into directory: String,
    channel: any SealedChannel, progress: @escaping @Sendable (String) -> Void
  ) async throws -> String {
    let request = GitCheckout.Request(
      pool: specification.vcsPool.rawValue,
      repository: try RepositoryName(specification.repository),
      revision: try GitRevision(ref: specification.ref, commit: specification.commit),
      workspace: directory)
    let result = try await git.checkOut(
      request, through: SealedGitExchange(channel: channel),
      progress: { if let line = Self.line(for: $0) { progress(line) } })
    progress(
      "received \(result.receivedBytes) bytes in \(result.receivedObjects) objects")
    return "\(result.commit)"
  }

  package func isTransient(_ error: any Error) -> Bool {
    guard let error = error as? GitError else { return false }
    return switch error.code {
    case .truncated, .stalled: true
    case .exchangeFailed:
      error.cause is RelayError || error.cause is LinkLost || error.cause is AgentBusy
    default: false
    }
  }

  private static func line(for progress: GitProgress) -> String? {
    switch progress {
    case .waitingForLock: "waiting for another checkout of the same repository"
    case .fetching, .checkingOut: nil
    }
  }
}
