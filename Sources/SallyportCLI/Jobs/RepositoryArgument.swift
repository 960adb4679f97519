import ArgumentParser
package import SallyportConfig
package import SallyportCore

/// A repository as `job submit` takes it: `VCS_POOL:path/to/repo.git`.
package struct RepositoryArgument: Hashable, Sendable, ExpressibleByArgument {
  package static let expected = "VCS_POOL:PATH, such as on-prem:team/app.git"

  package let pool: PoolName
  /// Below the VCS agent's upstream. The agent checks it against its allowlist; this check only
  /// finds mistakes early.
  package let path: String

  package init?(argument: String) {
    guard let value = try? RepositoryArgument(parsing: argument) else { return nil }
    self = value
  }

  package init(parsing text: String) throws(TextFormError) {
    let failure = TextFormError(expected: Self.expected, found: text)
    guard let colon = text.firstIndex(of: ":"),
      let pool = try? PoolName(String(text[..<colon]))
    else { throw failure }
    let path = text[text.index(after: colon)...]
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    guard path.utf8.count <= 1_024, !path.unicodeScalars.contains(where: ShownText.isUnsafe),
      segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
    else { throw failure }
    self.pool = pool
    self.path = String(path)
  }
}
