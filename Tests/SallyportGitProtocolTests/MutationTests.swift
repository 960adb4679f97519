import SallyportGitProtocol
import SallyportTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Damaged input ends in an error or in output that is in order, never in a crash.
///
/// `SALLYPORT_FUZZ_ITERATIONS` sets how many inputs are tried, over all engines.
@Suite struct MutationTests {
  private static let iterations =
    getenv("SALLYPORT_FUZZ_ITERATIONS").flatMap { Int(String(cString: $0)) } ?? 50_000

  private static let a = String(repeating: "a", count: 40)
  private static let b = String(repeating: "b", count: 40)
  private static let permission = FetchPermission.only("refs/heads/main", "refs/tags/v1")

  private static let advertisements = [
    Wire.bytes(
      "# service=git-upload-pack", "0000",
      "\(a) HEAD\0multi_ack thin-pack include-tag symref=HEAD:refs/heads/main agent=git/2",
      "\(a) refs/heads/main", "\(b) refs/heads/secret", "\(b) refs/tags/v1", "\(a) refs/tags/v1^{}",
      "shallow \(a)", "0000"),
    Wire.bytes("version 1", "\(b) refs/heads/secret\0multi_ack", "\(a) refs/heads/main", "0000"),
    Wire.bytes("version 2", "agent=git/2", "ls-refs=unborn", "fetch=shallow packfile-uris", "0000"),
  ]
  private static let listings = [
    Wire.bytes(
      "\(a) HEAD symref-target:refs/heads/main", "\(a) refs/heads/main", "\(b) refs/heads/secret",
      "\(b) refs/tags/v1 peeled:\(a)", "unborn HEAD symref-target:refs/heads/secret", "0000")
  ]
  private static let answers = [
    Wire.bytes(
      "acknowledgments", "ACK \(a)", "ready", "0001", "shallow-info", "shallow \(a)", "0001",
      "wanted-refs", "\(a) refs/heads/main", "0001", "packfile", "\u{1}PACK", "0000")
  ]
  private static let requests = [
    Wire.bytes(
      "want \(a) multi_ack side-band-64k ofs-delta agent=git/2", "want \(a)", "shallow \(b)",
      "deepen 3", "0000", "have \(b)", "0000", "have \(a)", "done"),
    Wire.bytes(
      "command=fetch", "agent=git/2", "object-format=sha1", "0001", "thin-pack", "want \(a)",
      "want-ref refs/heads/main", "have \(b)", "deepen-not refs/tags/v1", "done", "0000"),
    Wire.bytes("command=ls-refs", "0001", "peel", "symrefs", "ref-prefix refs/heads/", "0000"),
  ]

  @Test func damagedAnswersOfServers() throws {
    var generator = SeededGenerator(seed: 21)
    let secret = try #require(ObjectID(Self.b))
    var refused = 0
    for number in 0..<(Self.iterations / 2) {
      let kind = number % 3
      let sources = [Self.advertisements, Self.listings, Self.answers][kind]
      let damaged = mutate(sources[number / 3 % sources.count], &generator)
      let sizes = [Int.random(in: 1...200, using: &generator), 5]
      do {
        switch kind {
        case 0: check(try advertise(damaged, Self.permission, sizes: sizes), secret)
        case 1: check(try list(damaged, Self.permission, sizes: sizes), secret)
        default:
          var inspector = FetchAnswerInspector(permission: Self.permission, isMultiplexed: false)
          var passed: [UInt8] = []
          for piece in Wire.pieces(damaged, of: sizes) { passed += try inspector.receive(piece) }
          #expect(passed.count <= damaged.count)
        }
      } catch {
        #expect(error is InvalidAnswer)
        refused += 1
      }
    }
    #expect(refused > Self.iterations / 10, "the damage was noticed")
  }

  @Test func damagedRequests() throws {
    var generator = SeededGenerator(seed: 22)
    let shown = try list(Self.listings[0], Self.permission).shown
    var refused = 0
    for number in 0..<(Self.iterations / 2) {
      let damaged = mutate(Self.requests[number % Self.requests.count], &generator)
      let sizes = [Int.random(in: 1...200, using: &generator), 5]
      do throws(FetchRefusal) {
        let passed = try Inspected(damaged, Self.permission, shown: shown, sizes: sizes)
        check(passed, shown)
        // What goes on is in order, and stays as it is.
        let again = try Inspected(passed.output, Self.permission, shown: shown)
        #expect(again.output == passed.output)
      } catch {
        #expect(error.message.isEmpty == false)
        refused += 1
      }
    }
    #expect(refused > Self.iterations / 10, "the damage was noticed")
  }

  private func check(_ filtered: Filtered, _ secret: ObjectID) {
    #expect(filtered.lines != ["not pkt-lines"])
    for line in filtered.lines {
      #expect(line.contains("refs/heads/secret") == false)
      #expect(line.contains("packfile-uris") == false)
    }
  }

  private func check(_ passed: Inspected, _ shown: ShownObjects) {
    for line in passed.lines where line.hasPrefix("want ") {
      let id = line.split(separator: " ").dropFirst().first.flatMap { ObjectID($0) }
      #expect(id.map(shown.contains) == true)
    }
    #expect(passed.lines.contains("thin-pack") == false)
  }

  private func mutate(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      guard !bytes.isEmpty else { break }
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 1...60, using: &generator))
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: bytes[start] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeSubrange(start..<end)
      case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 4: bytes.insert(contentsOf: Array("0000".utf8), at: start)
      case 5: bytes.insert(contentsOf: Array("0001".utf8), at: start)
      case 6: bytes.replaceSubrange(start..<end, with: Array("000dpackfile\n".utf8))
      default: bytes.removeSubrange(start...)
      }
    }
    return bytes
  }
}
