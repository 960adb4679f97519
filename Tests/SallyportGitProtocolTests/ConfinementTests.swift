import SallyportGitProtocol
import Testing

/// What a client could make `git upload-pack` send of refs that it may not read, and cannot through
/// the inspector. Each attack is tried on the server itself first: one that does not work there
/// would prove nothing.
@Suite struct ConfinementTests {
  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let version: ProtocolVersion
    /// `{…}` names an object of the fixture.
    let lines: [String]
    /// An object that must not arrive.
    let loot: String
    var testDescription: String { "\(version) \(name)" }
  }

  static let attacks = [
    Attack(
      name: "an object by its id", version: .v2,
      lines: ["command=fetch", "0001", "want {secret}", "done", "0000"], loot: "secret:hidden"),
    Attack(
      name: "a ref that was not shown", version: .v0,
      lines: ["want {main} side-band-64k", "want {secret}", "0000", "done"], loot: "secret:hidden"),
    Attack(
      name: "history behind a false shallow commit", version: .v0,
      lines: [
        "want {main} side-band-64k", "shallow {secret}", "deepen 2147483647", "0000", "done",
      ], loot: "secret~1"),
    Attack(
      name: "history behind a false shallow commit", version: .v2,
      lines: [
        "command=fetch", "0001", "want {main}", "shallow {secret}", "deepen 2147483647", "done",
        "0000",
      ], loot: "secret~1"),
    Attack(
      name: "a depth that overflows", version: .v0,
      lines: [
        "want {main} side-band-64k", "shallow {secret}", "deepen 6442450943", "0000", "done",
      ], loot: "secret~1"),
    Attack(
      name: "relative depth", version: .v0,
      lines: [
        "want {main} side-band-64k deepen-relative", "shallow {secret}", "deepen 1", "0000", "done",
      ], loot: "secret~1"),
    Attack(
      name: "relative depth", version: .v2,
      lines: [
        "command=fetch", "0001", "want {main}", "shallow {secret}", "deepen 1", "deepen-relative",
        "done", "0000",
      ], loot: "secret~1"),
    Attack(
      name: "tags that come along", version: .v2,
      lines: ["command=fetch", "0001", "include-tag", "want {main}", "done", "0000"], loot: "v1"),
    Attack(
      name: "tags that come along", version: .v0,
      lines: ["want {main} side-band-64k include-tag", "0000", "done"], loot: "v1"),
  ]

  @Test(arguments: attacks)
  func attack(attack: Attack) async throws {
    try await GitFixture.with { git in
      let request = Wire.bytes(
        attack.lines.map { line in
          git.ids.reduce(line) { $0.replacing("{\($1.key)}", with: $1.value.description) }
        })
      let loot = git[attack.loot].description
      let stolen = try await git.objects(in: try await git.uploadPack(request, attack.version))
      #expect(stolen.contains(loot), "the attack works on a bare server")

      let permission = FetchPermission.only("refs/heads/main")
      let shown = try advertise(try await git.advertisement(.v0), permission).shown
      let passed: [UInt8]
      do throws(FetchRefusal) {
        passed = try Inspected(request, permission, shown: shown).output
      } catch {
        return
      }
      let received = try await git.objects(in: try await git.uploadPack(passed, attack.version))
      #expect(received.contains(git["main"].description), "what is allowed still arrives")
      #expect(received.contains(loot) == false)
    }
  }

  @Test func thinPacksTellNothingOfWhatIsNotAllowed() async throws {
    try await GitFixture.with { git in
      // A large file that both branches have, with a small difference.
      let ids = try await git.shell(
        """
        head -c 200000 /dev/urandom | od -x > big
        git add big; git commit -q -m Big
        git checkout -q secret; cp big big.new 2>/dev/null || git show main:big > big
        echo only-here >> big; git add big; git commit -q -m Big
        git repack -q -a -d -f
        git rev-parse main secret secret:big
        """
      ).split(separator: "\n").map(String.init)
      let request = Wire.bytes(
        "command=fetch", "0001", "thin-pack", "ofs-delta", "want \(ids[0])", "have \(ids[1])",
        "shallow \(ids[1])",
        "done", "0000")
      let base = try #require(ObjectID(ids[2]))
      let hostile = try await git.uploadPack(request, .v2)
      #expect(contains(hostile, base), "the attack works on a bare server")
      let permission = FetchPermission.only("refs/heads/main")
      let shown = try advertise(try await git.advertisement(.v0), permission).shown
      let inspected = try Inspected(request, permission, shown: shown)
      let answer = try await git.uploadPack(inspected.output, .v2)
      #expect(contains(answer, base) == false)
      #expect(answer.count > hostile.count)
    }
  }

  /// `git fetch --unshallow` of an honest client: the same objects with the depth that is passed on.
  @Test func unshallowingStillWorks() async throws {
    try await GitFixture.with { git in
      let permission = FetchPermission.only("refs/heads/main")
      let shown = try advertise(try await git.advertisement(.v0), permission).shown
      let request = Wire.bytes(
        "want \(git["main"]) side-band-64k", "shallow \(git["main"])", "deepen 2147483647", "0000",
        "have \(git["main"])", "done")
      let inspected = try Inspected(request, permission, shown: shown)
      #expect(inspected.output != request)
      let one = try await git.uploadPack(request, .v0)
      let other = try await git.uploadPack(inspected.output, .v0)
      #expect(try await git.objects(in: one) == git.objects(in: other))
      #expect(try Wire.lines(other).first == "unshallow \(git["main"])")
    }
  }

  /// Whether a thin pack of an answer refers to an object: an id stands in a pack as it is.
  private func contains(_ answer: [UInt8], _ id: ObjectID) -> Bool {
    let digits = Array(id.description.utf8)
    var raw: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      raw.append(
        UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) ?? 0)
    }
    return answer.indices.contains { answer[$0...].starts(with: raw) }
  }
}
