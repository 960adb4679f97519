import FoundationEssentials
import Glibc
import Testing

@testable import SallyportGit

@Suite struct MirrorRecoveryTests {
  @Test func removesWhatAKilledFetchLeaves() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      _ = try await fixture.checkOut(into: "first")
      let mirror = try fixture.mirror()
      let leftovers = [
        "objects/pack/pack_git2_a1b2c3",
        "objects/pack/pack-\(String(repeating: "0", count: 40)).idx",
        "HEAD.lock", "config.lock", "packed-refs.lock", "refs/heads/main.lock",
        "refs/heads/deep/x.lock",
      ]
      for leftover in leftovers { try fixture.write("\(mirror)/\(leftover)", "half") }
      try fixture.write("\(mirror).new/HEAD", "half")
      try await fixture.commit("more.txt", "more")
      try await fixture.push()
      let result = try await fixture.checkOut(into: "second")
      #expect(result.receivedObjects == 3)
      for leftover in leftovers { #expect(!fixture.exists("\(mirror)/\(leftover)"), "\(leftover)") }
      #expect(!fixture.exists("\(mirror).new"))
    }
  }

  enum Damage: CaseIterable { case flippedByte, truncatedPack, noHead, noConfig, noObjects, badRef }

  @Test(arguments: Damage.allCases) func remakesDamagedMirror(_ damage: Damage) async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      let head = try await fixture.head()
      _ = try await fixture.checkOut(into: "first")
      let mirror = try fixture.mirror()
      let packs = "\(mirror)/objects/pack"
      let pack = try #require(fixture.names(in: packs).first { $0.hasSuffix(".pack") })
      let script =
        switch damage {
        case .flippedByte:
          "chmod u+w \"$1\" && printf XXXXXXXX | dd of=\"$1\" bs=1 seek=60 conv=notrunc 2>/dev/null"
        case .truncatedPack: "chmod u+w \"$1\" && truncate -s 100 \"$1\""
        case .noHead: "rm \"$2/HEAD\""
        case .noConfig: "printf '[core' > \"$2/config\""
        case .noObjects: "rm -rf \"$2/objects\""
        case .badRef: "printf garbage > \"$2/refs/heads/main\""
        }
      _ = try await fixture.shell(script, "\(packs)/\(pack)", mirror)
      let result = try await fixture.checkOut(into: "second")
      #expect(result.commit.hexadecimal == head)
      let complaints = try await fixture.complaints(
        about: fixture.workspace("second"), commit: head)
      #expect(complaints == [])
    }
  }

  /// A real process, killed with a pack half received.
  @Test func survivesKill() async throws {
    try await GitFixture.with { fixture in
      try await fixture.git("init", "-q", "-b", "main", fixture.work)
      var generator = TestGenerator(seed: 7)
      for number in 1...20 {
        let noise = (0..<5_000).map { _ in String(generator.next(), radix: 36) }.joined()
        try await fixture.commit("noise-\(number)", noise)
      }
      try await fixture.git("clone", "-q", "--bare", fixture.work, fixture.bare)
      let directory = fixture.directory
      await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
        let fixture = GitFixture(directory: directory)
        let seen = Counter()
        let exchange = UploadPackExchange(fixture.bare) { _, _, piece in
          if seen.add(piece.count) > 400_000 {
            // Only once the indexer has a temporary pack on disk.
            let mirror = try fixture.mirror()
            let names = try fixture.names(in: "\(mirror)/objects/pack")
            if names.contains(where: { $0.hasPrefix("pack_git2_") }) { kill(getpid(), SIGKILL) }
          }
          return piece
        }
        _ = try await fixture.checkOut(into: "killed", through: exchange)
      }
      let packs = "\(try fixture.mirror())/objects/pack"
      #expect(try fixture.names(in: packs).contains { $0.hasPrefix("pack_git2_") })
      let head = try await fixture.head()
      let result = try await fixture.checkOut(into: "after")
      #expect(result.commit.hexadecimal == head)
      #expect(try fixture.names(in: packs).count == 2)
      let complaints = try await fixture.complaints(
        about: fixture.workspace("after"), commit: head)
      #expect(complaints == [])
    }
  }

  @Test func startsAfreshWithTooManyPacks() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      var limits = GitLimits()
      limits.maximumPacks = 3
      for number in 1...6 {
        try await fixture.commit("more-\(number)", "more")
        try await fixture.push()
        _ = try await fixture.checkOut(into: "w\(number)", limits: limits)
        let packs = try fixture.names(in: "\(try fixture.mirror())/objects/pack")
        #expect(packs.count { $0.hasSuffix(".pack") } <= 4)
      }
    }
  }

  /// A job may write to every inode of its workspace.
  @Test func workspaceSharesNoInode() async throws {
    try await GitFixture.with { fixture in
      try await fixture.makeOrigin()
      _ = try await fixture.checkOut()
      let links = try await fixture.shell(
        "find \"$1\" \"$2\" -type f -links +1", fixture.cache, fixture.workspace())
      #expect(links == "")
      #expect(!fixture.exists("\(fixture.workspace())/.git/objects/info/alternates"))
      #expect(!fixture.exists("\(fixture.workspace())/.git/commondir"))
    }
  }
}
