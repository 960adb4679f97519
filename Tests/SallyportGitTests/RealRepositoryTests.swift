import FoundationEssentials
import Testing

@testable import SallyportGit

/// A large public repository, where one is at hand: see `SALLYPORT_TEST_BUNDLE`.
@Suite struct RealRepositoryTests {
  private static var bundle: String? {
    let path =
      ProcessInfo.processInfo.environment["SALLYPORT_TEST_BUNDLE"]
      ?? URL(filePath: #filePath).appending(path: "../../../../shared/data/real-repo.bundle")
      .standardized.path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  @Test(.enabled(if: bundle != nil)) func checksOutTheWholeOfIt() async throws {
    let bundle = try #require(Self.bundle)
    try await GitFixture.with { fixture in
      try await fixture.git("clone", "-q", "--mirror", bundle, fixture.bare)
      let head = try await fixture.git("-C", fixture.bare, "rev-parse", "main")
      let clock = ContinuousClock()
      var first: GitCheckout.Result?
      let cold = try await clock.measure { first = try await fixture.checkOut(into: "cold") }
      var second: GitCheckout.Result?
      let warm = try await clock.measure { second = try await fixture.checkOut(into: "warm") }
      print("real repository: first \(cold), second \(warm), \(first?.receivedBytes ?? 0) bytes")
      #expect(first?.commit.hexadecimal == head)
      #expect(second?.receivedObjects == 0)
      let complaints = try await fixture.complaints(
        about: fixture.workspace("warm"), commit: head)
      #expect(complaints == [])
      let clone = fixture.workspace("clone")
      try await fixture.git("clone", "-q", fixture.bare, clone)
      let difference = try await fixture.shell(
        "diff -r --no-dereference --exclude=.git \"$1\" \"$2\"", fixture.workspace("cold"), clone)
      #expect(difference == "")
    }
  }
}
