package import SallyportCore
internal import SallyportGitProtocol
package import SallyportPolicy

/// Which repositories workers may fetch: those that match a pattern, whole, and no other.
package struct RepositoryAllowlist: Hashable, Sendable {
  package let patterns: [RepositoryPattern]

  /// An empty list allows nothing.
  package init(_ patterns: [RepositoryPattern]) { self.patterns = patterns }

  package func allows(_ name: RepositoryName) -> Bool {
    patterns.contains { $0.matches(name) }
  }
}

extension RepositoryAllowlist: FetchPolicy {
  package func access(
    of caller: FetchCaller, to repository: RepositoryName
  ) async throws(RequestRefusal) -> FetchAccess {
    guard allows(repository) else { throw RequestRefusal(.notAllowed) }
    return FetchAccess(permission: .wholeRepository, edition: "")
  }
}
