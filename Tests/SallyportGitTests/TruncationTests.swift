import SallyportCore
import Testing

@testable import SallyportGit

@Suite struct TruncationTests {
  /// A response that ends early must not become a checkout, however politely it ends.
  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6]) func endedEarly(seed: UInt64) async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 5)
      let whole = UploadPackExchange(fixture.bare)
      _ = try await fixture.checkOut(into: "measure", through: whole)
      var generator = TestGenerator(seed: seed)
      let cut = Int.random(in: 0..<whole.bytes, using: &generator)
      try await fixture.removeCache()

      let seen = Counter()
      let exchange = UploadPackExchange(fixture.bare) { _, _, piece in
        let before = seen.add(piece.count)
        if before >= cut { return nil }
        return Array(piece.prefix(cut - before))
      }
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(into: "cut", through: exchange)
      }
      #expect(error?.code == .truncated, "cut at \(cut) of \(whole.bytes): \(error?.message ?? "")")
      #expect(!fixture.exists("\(fixture.workspace("cut"))/.git/HEAD"))
      _ = try await fixture.checkOut(into: "after")
    }
  }

  @Test(arguments: [UInt64(11), 12, 13, 14]) func reset(seed: UInt64) async throws {
    struct Reset: Error {}
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 5)
      var generator = TestGenerator(seed: seed)
      let cut = Int.random(in: 0..<1_500, using: &generator)
      let seen = Counter()
      let exchange = UploadPackExchange(fixture.bare) { _, _, piece in
        if seen.add(piece.count) + piece.count > cut { throw Reset() }
        return piece
      }
      let error = await #expect(throws: GitError.self) {
        try await fixture.checkOut(into: "cut", through: exchange)
      }
      #expect(error?.code == .exchangeFailed)
      #expect(error?.cause is Reset)
      _ = try await fixture.checkOut(into: "after")
    }
  }

  @Test(arguments: [UInt64(21), 22, 23, 24, 25, 26, 27, 28])
  func changedByte(seed: UInt64) async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 5)
      let head = try await fixture.head()
      var generator = TestGenerator(seed: seed)
      let place = Int.random(in: 0..<1_200, using: &generator)
      let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
      let seen = Counter()
      let exchange = UploadPackExchange(fixture.bare) { operation, _, piece in
        guard case .uploadPack = operation else { return piece }
        let before = seen.add(piece.count)
        var piece = piece
        if (before..<before + piece.count).contains(place) { piece[place - before] ^= bit }
        return piece
      }
      // Some bytes do not matter (progress messages). What is checked out is right or nothing.
      do {
        let result = try await fixture.checkOut(through: exchange)
        #expect(result.commit.hexadecimal == head)
        #expect(try await fixture.complaints(about: fixture.workspace(), commit: head) == [])
      } catch is GitError {
        _ = try await fixture.checkOut(into: "after")
      }
    }
  }
}
