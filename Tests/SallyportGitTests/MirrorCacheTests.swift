import FoundationEssentials
import Logging
import SallyportCore
import Testing

@testable import SallyportGit

@Suite struct MirrorCacheTests {
  /// Checks `main` out as if the repository had this name.
  private func checkOut(
    _ fixture: GitFixture, _ repository: String, maximumCache: UInt64
  ) async throws {
    var limits = GitLimits()
    limits.maximumCache = maximumCache
    _ = try await GitCheckout(
      cacheDirectory: fixture.cache, limits: limits, logger: Logger(label: "test")
    ).checkOut(
      .init(
        pool: "onprem", repository: try RepositoryName(repository),
        revision: try GitRevision(ref: "main", commit: ""),
        workspace: fixture.workspace("\(UInt64.random(in: .min ... .max))")),
      through: UploadPackExchange(fixture.bare))
  }

  private func mirrors(_ fixture: GitFixture) throws -> [String] {
    try fixture.names(in: fixture.cache).filter { $0.hasSuffix(".git") }
  }

  @Test func theMirrorThatWasUsedLongestAgoGoesFirst() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try await checkOut(fixture, "team/a.git", maximumCache: .max)
      let first = try mirrors(fixture)
      let size = try FileTree.size(
        ofFilesIn: "\(fixture.cache)/\(try #require(first.first))/objects/pack")
      #expect(size > 0)
      try await checkOut(fixture, "team/b.git", maximumCache: .max)
      let both = try mirrors(fixture)
      let second = both.filter { !first.contains($0) }
      #expect(both.count == 2)
      // The first is used again, so that the second is the older one.
      try await checkOut(fixture, "team/a.git", maximumCache: size * 2)
      #expect(try mirrors(fixture) == both)
      try await checkOut(fixture, "team/a.git", maximumCache: size * 2 - 1)
      #expect(try mirrors(fixture) == first)
      try await checkOut(fixture, "team/b.git", maximumCache: size)
      #expect(try mirrors(fixture) == second)
      // One that does not fit at all is not kept, and its job has what it needs.
      try await checkOut(fixture, "team/b.git", maximumCache: 0)
      #expect(try mirrors(fixture) == [])
    }
  }

  @Test func aMirrorInUseStays() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      try await checkOut(fixture, "team/a.git", maximumCache: .max)
      let names = try mirrors(fixture)
      let base = "\(fixture.cache)/\(try #require(names.first).dropLast(4))"
      let lock = try FileLock(path: "\(base).lock", poll: { () throws(GitError) in })
      try MirrorCache(directory: fixture.cache, maximum: 0).trim()
      #expect(try mirrors(fixture) == names)
      _ = consume lock
      try MirrorCache(directory: fixture.cache, maximum: 0).trim()
      #expect(try mirrors(fixture) == [])
    }
  }
}
