package import SallyportCore
package import SallyportPolicy

/// Which upstream serves which repositories. The first match counts.
package struct UpstreamTable: Sendable {
  package struct Entry: Sendable {
    package let pattern: RepositoryPattern
    package let upstream: any Upstream

    package init(pattern: RepositoryPattern, upstream: any Upstream) {
      self.pattern = pattern
      self.upstream = upstream
    }
  }

  private let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  package func upstream(for name: RepositoryName) -> (any Upstream)? {
    entries.first { $0.pattern.matches(name) }?.upstream
  }
}
