import SallyportCore
import Testing

@testable import SallyportLedger

/// Our verifier and the one in Resources, on the same ledgers.
@Suite struct VerificationTests {
  struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Nil where nothing is wrong.
    let problem: String?
    let change: @Sendable (TemporaryLedger) throws -> Void

    init(
      _ name: String, _ problem: String?,
      _ change: @escaping @Sendable (TemporaryLedger) throws -> Void
    ) {
      testDescription = name
      self.problem = problem
      self.change = change
    }
  }

  static let tamperings: [Tampering] = [
    Tampering("nothing", nil) { _ in },
    Tampering("a changed byte in a value", "hash") { folder in
      try folder.edit(1) { lines in lines[2] = lines[2].replacing("alice", with: "malic") }
    },
    Tampering("a changed byte of the structure", "malformed") { folder in
      try folder.edit(1) { lines in
        lines[2] = lines[2].replacing(",", with: ";", maxReplacements: 1)
      }
    },
    Tampering("a changed byte in the newest line", "other_than_head") { folder in
      try folder.edit(-1) { lines in
        lines[lines.count - 1] = lines[lines.count - 1].replacing("alice", with: "malic")
      }
    },
    Tampering("a changed time", "hash") { folder in
      try folder.edit(0) { lines in
        lines[3] = lines[3].replacing("\"time\":\"2", with: "\"time\":\"1")
      }
    },
    Tampering("a dropped line", "sequence") { folder in try folder.edit(1) { $0.remove(at: 3) } },
    Tampering("a dropped first line of a file", "sequence") { folder in
      try folder.edit(1) { $0.remove(at: 0) }
    },
    Tampering("a dropped last line of a file", "sequence") { folder in
      try folder.edit(1) { $0.removeLast() }
    },
    Tampering("swapped lines", "sequence") { folder in try folder.edit(1) { $0.swapAt(2, 3) } },
    Tampering("a repeated line", "sequence") { folder in
      try folder.edit(1) { $0.insert($0[2], at: 2) }
    },
    Tampering("an inserted line with a hash that fits", "sequence") { folder in
      try folder.edit(1) { lines in lines.insert(lines[3].replacing("alice", with: "malic"), at: 3)
      }
    },
    Tampering("an inserted empty line", "malformed") { folder in
      try folder.edit(1) { $0.insert("", at: 3) }
    },
    Tampering("a line with white space", "malformed") { folder in
      try folder.edit(1) { $0[2] = $0[2].replacing(":", with: ": ") }
    },
    Tampering("a line with a return", "malformed") { folder in
      try folder.edit(1) { $0[2] += "\r" }
    },
    Tampering("a line with bytes that are not ASCII", "malformed") { folder in
      try folder.edit(1) { $0[2] = $0[2].replacing("alice", with: "älice") }
    },
    Tampering("a member twice", "malformed") { folder in
      try folder.edit(1) { $0[2] = $0[2].replacing("}", with: ",\"key\":\"key-2\"}") }
    },
    Tampering("a long line", "line_too_long") { folder in
      try folder.edit(1) {
        $0[2] = $0[2].replacing("alice", with: String(repeating: "a", count: 20_000))
      }
    },
    Tampering("an opened record in the middle", "misplaced") { folder in
      try folder.rechain(0) { lines in lines[2] = lines[2].replacing("\"job\"", with: "\"opened\"")
      }
    },
    Tampering("a file that does not say what it continues", "misplaced") { folder in
      try folder.rechain(1) { lines in
        lines[0] = lines[0].replacing("\"continued\"", with: "\"job\"")
      }
    },
    Tampering("a file of another ledger with hashes that fit", "foreign_ledger") { folder in
      try folder.rechain(1) { lines in
        let ledger = try #require(lines[0].firstRange(of: "\"ledger\":\""))
        lines[0].replaceSubrange(
          ledger.upperBound..<lines[0].index(ledger.upperBound, offsetBy: 32),
          with: String(repeating: "0", count: 32))
      }
    },
    Tampering("a rewritten end with hashes that fit, and the old head", "other_than_head") {
      folder in
      try folder.rechain(-1) { lines in
        lines[lines.count - 2] = lines[lines.count - 2].replacing("alice", with: "malic")
      }
    },
    Tampering("a last line that is cut off", "ends_before_head") { folder in
      try folder.edit(-1) { $0.removeLast() }
    },
    Tampering("a last line that is cut in the middle", "malformed") { folder in
      let name = try #require(try folder.files().last)
      try folder.write(name, try folder.read(name).dropLast(20))
    },
    Tampering("a last file that is removed", "ends_before_head") { folder in
      try folder.remove(try #require(try folder.files().last))
    },
    Tampering("a file removed from the middle", "sequence") { folder in
      try folder.remove(try folder.files()[1])
    },
    Tampering("a file in the middle that is empty", "sequence") { folder in
      try folder.write(try folder.files()[1], [])
    },
    Tampering("the oldest file removed", nil) { folder in
      try folder.remove(try folder.files()[0])
    },
    Tampering("all files removed", "ends_before_head") { folder in
      for name in try folder.files() { try folder.remove(name) }
    },
    Tampering("a file with another's name", "sequence") { folder in
      let name = try folder.files()[1]
      let bytes = try folder.read(name)
      try folder.remove(name)
      let number = try #require(LedgerFileName(name)).first
      try folder.write(LedgerFileName(first: number + 1).description, bytes)
    },
    Tampering("a file twice", "sequence") { folder in
      let name = try folder.files()[1]
      let number = try #require(LedgerFileName(name)).first
      try folder.write(LedgerFileName(first: number + 1).description, try folder.read(name))
    },
    Tampering("no head", "head_missing") { folder in try folder.remove("head") },
    Tampering("a head with nonsense", "head_malformed") { folder in
      try folder.write("head", Array(repeating: 32, count: 191) + [10])
    },
    Tampering("a head that is too short", "head_malformed") { folder in
      try folder.write("head", try folder.read("head").dropLast())
    },
    Tampering("a head of another ledger", "foreign_ledger") { folder in
      var head = try #require(LedgerHead(try folder.read("head")))
      head.ledger = LedgerID.random().rawValue
      try folder.write("head", head.bytes)
    },
    Tampering("a head further on", "ends_before_head") { folder in
      var head = try #require(LedgerHead(try folder.read("head")))
      head.sequence += 1
      try folder.write("head", head.bytes)
    },
    Tampering("an old head, and no file that it belongs to", "head_before_first") { folder in
      var head = try #require(LedgerHead(try folder.read("head")))
      head.sequence = 2
      try folder.write("head", head.bytes)
      try folder.remove(try folder.files()[0])
    },
    Tampering("an unfinished append", nil) { folder in
      let name = try #require(try folder.files().last)
      try folder.write(name, try folder.read(name) + Array("{\"seq\":".utf8))
    },
    Tampering("an empty next file", nil) { folder in
      try folder.write(LedgerFileName(first: 1_000).description, [])
    },
    Tampering("files that are none of a ledger's", nil) { folder in
      try folder.write("notes.jsonl", Array("x".utf8))
      try folder.write("00000000000000000000.jsonl", Array("x".utf8))
      try folder.write("00000000000000000001.jsonl.gz", Array("x".utf8))
    },
  ]

  @Test(arguments: tamperings)
  func bothFindTheSame(tampering: Tampering) async throws {
    let folder = try TemporaryLedger()
    try folder.fill(40, fileBytes: 3_000)
    try #require(try folder.files().count > 4)
    try tampering.change(folder)
    let ours = try folder.reader.verify()
    #expect(ours.damage?.problem.code == tampering.problem, "\(String(describing: ours.damage))")
    #expect(try await Python.verify(folder.path) == Python.Verdict(ours))
    if tampering.problem != nil {
      #expect(throws: LedgerError.self) { try LedgerStorage.open(folder.settings()) }
    } else {
      _ = try LedgerStorage.open(folder.settings())
      #expect(try folder.reader.verify().isIntact)
    }
  }

  @Test func theFirstBreakIsNamed() throws {
    let folder = try TemporaryLedger()
    try folder.fill(40, fileBytes: 3_000)
    let name = try folder.files()[1]
    try folder.edit(1) { $0.remove(at: 3) }
    let verification = try folder.reader.verify()
    let first = try #require(LedgerFileName(name)).first
    #expect(
      verification.damage
        == LedgerDamage(.sequence(expected: first + 3, found: first + 4), file: name, line: 4))
    #expect(verification.last?.sequence == first + 2)
    #expect(verification.count == first + 2)
  }

  @Test func aLedgerWithoutItsOldestFilesSaysWhereItBegins() throws {
    let folder = try TemporaryLedger()
    try folder.fill(40, fileBytes: 3_000)
    let names = try folder.files()
    try folder.remove(names[0])
    try folder.remove(names[1])
    let verification = try folder.reader.verify()
    #expect(verification.isIntact)
    #expect(verification.first == LedgerFileName(names[2])?.first)
  }

  @Test func whoeverRewritesEverythingIsFoundOutByAHashKeptElsewhere() async throws {
    let folder = try TemporaryLedger()
    try folder.fill(10)
    let kept = try #require(try folder.reader.verify().last)
    try folder.fill(2)
    #expect(try folder.reader.verify(expecting: kept).isIntact)
    #expect(try await Python.verify(folder.path, expecting: "\(kept)").problem == nil)

    let rewritten = try folder.copy()
    try rewritten.rechain(0) { $0[3] = $0[3].replacing("alice", with: "malic") }
    let last = try #require(try rewritten.lines(0).last)
    var head = try #require(LedgerHead(try rewritten.read("head")))
    head.hash = LedgerHash(of: Array(last.utf8))
    try rewritten.write("head", head.bytes)
    #expect(try rewritten.reader.verify().isIntact)
    let ours = try rewritten.reader.verify(expecting: kept)
    #expect(ours.damage?.problem == .otherThanExpected)
    #expect(
      try await Python.verify(rewritten.path, expecting: "\(kept)") == Python.Verdict(ours))

    let beyond = LedgerAnchor(sequence: 1_000, hash: kept.hash)
    let missing = try folder.reader.verify(expecting: beyond)
    #expect(missing.damage?.problem == .expectedMissing)
    #expect(try await Python.verify(folder.path, expecting: "\(beyond)") == Python.Verdict(missing))
  }

  @Test func thePythonVerifierIsACommand() async throws {
    let folder = try TemporaryLedger()
    try folder.fill(3)
    let script = Python.resources + "/verify_ledger.py"
    let last = try #require(try folder.reader.verify().last)
    #expect(try await Python.run([script, folder.path, "\(last)"]).contains("\"problem\": null"))
    try folder.remove("head")
    #expect(try await Python.run([script, folder.path]).contains("\"problem\": \"head_missing\""))
  }
}

extension TemporaryLedger {
  /// - Parameter index: Of the file; negative counts from the end.
  func lines(_ index: Int) throws -> [String] {
    String(decoding: try read(try name(index)), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  func name(_ index: Int) throws -> String {
    let names = try files()
    return names[index < 0 ? names.count + index : index]
  }

  func edit(_ index: Int, _ body: (inout [String]) throws -> Void) throws {
    var lines = try lines(index)
    try body(&lines)
    try write(try name(index), Array(lines.map { $0 + "\n" }.joined().utf8))
  }

  /// Changes a file, and gives all lines behind the change, of this and the later files, the hashes
  /// that fit: what somebody does who may write to the folder. Leaves `head` alone.
  func rechain(_ index: Int, _ body: (inout [String]) throws -> Void) throws {
    try edit(index, body)
    let names = try files()
    var previous: LedgerHash?
    for file in names.indices {
      try edit(file) { lines in
        for line in lines.indices {
          if let previous, let range = lines[line].firstRange(of: "\"prev\":\"") {
            lines[line].replaceSubrange(
              range.upperBound..<lines[line].index(range.upperBound, offsetBy: 64),
              with: previous.description)
          }
          previous = LedgerHash(of: Array(lines[line].utf8))
        }
      }
    }
  }
}
