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

  /// What the mirror had before a fetch that broke off is not fetched again after it, nor what a
  /// fetch had brought whose checkout did not come to pass.
  @Test func whatIsThereIsKept() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin(commits: 5)
      let first = try await fixture.checkOut(into: "first")
      try await fixture.commit("new.txt", String(repeating: "new\n", count: 10_000))
      try await fixture.push()
      let broken = UploadPackExchange(fixture.bare) { operation, offset, piece in
        if case .advertisement = operation { return piece }
        return offset == 0 ? Array(piece.prefix(300)) : nil
      }
      await #expect(throws: GitError.self) {
        try await fixture.checkOut(into: "broken", through: broken)
      }
      let whole = UploadPackExchange(fixture.bare)
      let second = try await fixture.checkOut(into: "second", through: whole)
      #expect(whole.bodies.contains("have \(first.commit)"))
      #expect(second.receivedObjects == 3)
      let again = UploadPackExchange(fixture.bare)
      let third = try await fixture.checkOut(into: "third", through: again)
      #expect(third.commit == second.commit && third.receivedObjects == 0)
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
