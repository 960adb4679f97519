package import SallyportCore
package import SallyportPolicy

/// Which repositories workers may fetch: those that match a pattern, and no other.
package struct RepositoryAllowlist: Hashable, Sendable {
  package let patterns: [RepositoryPattern]

  /// An empty list allows nothing.
  package init(_ patterns: [RepositoryPattern]) { self.patterns = patterns }

  package func allows(_ name: RepositoryName) -> Bool {
    patterns.contains { $0.matches(name) }
  }
}
