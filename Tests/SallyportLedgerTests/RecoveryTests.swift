import FoundationEssentials
import Glibc
import SallyportCore
import Testing

@testable import SallyportLedger

@Suite struct RecoveryTests {
  /// The last line torn at each of its bytes, its line feed included.
  @Test func aTornLineIsCutOffWhereverItIsTorn() throws {
    let folder = try TemporaryLedger()
    try folder.fill(2)
    let (name, head) = (try folder.files()[0], try folder.read("head"))
    let whole = try folder.read(name)
    try folder.fill(0)
    let longer = try folder.read(name)
    for length in whole.count..<longer.count {
      try folder.write(name, Array(longer[..<length]))
      try folder.write("head", head)
      let torn = Int64(length - whole.count)
      let before = try folder.reader.verify()
      #expect(before.isIntact && before.count == 4 && before.unfinishedBytes == torn)

      let (storage, opened) = try LedgerStorage.open(folder.settings())
      #expect(opened.droppedBytes == torn && opened.last?.sequence == 4)
      #expect(storage.last.sequence == (torn > 0 ? 6 : 5))
      let records = try folder.records().dropFirst(4)
      #expect(records.map(\.kind) == (torn > 0 ? ["recovered", "started"] : ["started"]))
      if torn > 0 { #expect(records.first?["dropped_bytes"] == .number(UInt64(torn))) }
      let after = try folder.reader.verify()
      #expect(after.isIntact && after.unfinishedBytes == 0)
    }
  }

  /// After a power cut the pages of an unfinished write may hold anything.
  @Test(arguments: [
    [0], [10], [0, 0, 10], Array("{}\n".utf8), Array(repeating: 0, count: 100_000),
  ])
  func whateverIsBehindTheHeadIsCutOff(garbage: [UInt8]) throws {
    let folder = try TemporaryLedger()
    try folder.fill(3)
    let name = try folder.files()[0]
    let whole = try folder.read(name)
    try folder.write(name, whole + garbage)
    #expect(try folder.reader.verify().unfinishedBytes == Int64(garbage.count))
    let (_, opened) = try LedgerStorage.open(folder.settings())
    #expect(opened.droppedBytes == Int64(garbage.count))
    #expect(try folder.read(name).starts(with: whole))
    #expect(try folder.reader.verify().unfinishedBytes == 0)
  }

  /// More than one write can have left there is not the work of a crash.
  @Test func muchBehindTheHeadIsDamage() throws {
    let folder = try TemporaryLedger()
    try folder.fill(3)
    let name = try folder.files()[0]
    try folder.write(name, try folder.read(name) + Array(repeating: 0, count: 300_000))
    expectRefusal(folder, problem: "line_too_long", line: 6)
  }

  @Test func recordsThatWereWholeAreKept() throws {
    let folder = try TemporaryLedger()
    try folder.fill(1)
    let head = try folder.read("head")
    try folder.fill(5)
    let last = try folder.reader.verify().last
    try folder.write("head", head)
    let (_, opened) = try LedgerStorage.open(folder.settings())
    #expect(opened.last == last && opened.droppedBytes == 0)
  }

  @Test func damageInTheMiddleStopsEverything() throws {
    let original = try TemporaryLedger()
    try original.fill(6)
    let name = try original.files()[0]
    let bytes = try original.read(name)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<60 {
      let folder = try original.copy()
      var changed = bytes
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      changed[index] ^= UInt8.random(in: 1...255, using: &generator)
      try folder.write(name, changed)
      let error = #expect(throws: LedgerError.self) { try LedgerStorage.open(folder.settings()) }
      #expect(error?.code == .damaged)
      #expect(error?.description.contains("\(name), line ") == true)
      #expect(error?.description.contains("mv \(folder.path)") == true)
      #expect(try folder.read(name) == changed)
    }
  }

  @Test func aLedgerThatLostItsHeadOrItsEndIsNotWrittenTo() throws {
    let original = try TemporaryLedger()
    try original.fill(6)
    let name = try original.files()[0]

    var folder = try original.copy()
    try folder.remove("head")
    expectRefusal(folder, problem: "head_missing", file: nil)

    folder = try original.copy()
    try folder.write("head", Array("{}".utf8))
    expectRefusal(folder, problem: "head_malformed", file: "head")

    folder = try original.copy()
    try folder.remove(name)
    expectRefusal(folder, problem: "ends_before_head", file: nil)

    folder = try original.copy()
    let end = try folder.read(name).dropLast().lastIndex(of: 10) ?? 0
    try folder.write(name, Array(try folder.read(name)[...end]))
    expectRefusal(folder, problem: "ends_before_head", file: nil)
  }

  /// Each step of a rotation at which a crash can happen.
  @Test func aRotationThatWasInterruptedIsUndoneOrKept() throws {
    let original = try TemporaryLedger()
    try original.fill(3)
    let next = LedgerFileName(first: 6).description
    let last = try #require(try original.reader.verify().last)
    let continued = LedgerLine.encode(
      sequence: 6, time: .now(), previous: last.hash, kind: .continued,
      fields: try LedgerDraft(
        LedgerOpening(
          ledger: try #require(try original.reader.verify().ledger), program: "test",
          programVersion: "1")
      ).fields)
    for length in [0, 1, continued.count, continued.count + 1] {
      let folder = try original.copy()
      try folder.write(next, Array((continued + [10])[..<length]))
      let isWhole = length == continued.count + 1
      var (storage, opened) = try LedgerStorage.open(folder.settings())
      #expect(opened.droppedBytes == (isWhole ? 0 : Int64(length)))
      _ = try storage.append([LedgerDraft(Sample.job())])
      #expect(try folder.reader.verify().isIntact)
      #expect(try folder.files().count == (isWhole ? 2 : 1))
    }
  }

  @Test func aLedgerThatWasNeverBegunIsBegunAgain() throws {
    let whole = try TemporaryLedger()
    try whole.fill(0)
    let bytes = try whole.read(try whole.files()[0])
    for length in [nil, 0, 1, 100] as [Int?] {
      let folder = try TemporaryLedger()
      try LedgerDirectory(folder.path).prepare()
      let head = LedgerHead.new()
      try LedgerDirectory(folder.path).createHead(head)
      if let length {
        try folder.write(LedgerFileName(first: 1).description, Array(bytes[..<length]))
      }
      let (_, opened) = try LedgerStorage.open(folder.settings())
      #expect(opened.isNew && opened.ledger == head.ledger)
      let verification = try folder.reader.verify()
      #expect(
        verification.isIntact && verification.first == 1 && verification.ledger == head.ledger)
    }
  }

  /// A process of its own is killed while eight tasks append. Whatever `append` returned for is there.
  @Test(arguments: [5, 60, 200])
  func whatWasAcknowledgedSurvivesAKill(after appends: Int) async throws {
    let folder = try TemporaryLedger()
    for round in 0..<2 {
      let (path, count) = (folder.parent, appends + round)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, count = count as Int] in
        try await Victim(path: path).run(untilKilledAfter: count)
      }
    }
    let acknowledged = try Victim(path: folder.parent).acknowledged()
    #expect(acknowledged.count >= 2 * appends)
    let anchors = try folder.anchors()
    for text in acknowledged {
      let anchor = try #require(LedgerAnchor(text))
      #expect(anchors[anchor.sequence] == anchor.hash)
    }
    try folder.fill(1)
    let verification = try folder.reader.verify()
    #expect(verification.isIntact && verification.unfinishedBytes == 0 && verification.first == 1)
    #expect(try await Python.verify(folder.path) == Python.Verdict(verification))
  }

  /// Failing calls and power cuts at random, rotation included. Whatever was acknowledged stays, and
  /// no power cut ever makes a ledger that is taken for damaged.
  @Test(arguments: 0..<12)
  func noFaultCostsAnAcknowledgedRecord(seed: UInt64) throws {
    let folder = try TemporaryLedger()
    let disk = FlakyDisk(seed: seed)
    var acknowledged: [LedgerAnchor] = []
    for _ in 0..<12 {
      disk.setFailing(false)
      var (storage, _) = try LedgerStorage.open(
        folder.settings(fileBytes: 4_000, files: 1_000), calls: disk.calls)
      disk.setFailing(true)
      for number in 0..<20 {
        let drafts = try (0...number % 5).map { try LedgerDraft(Sample.job($0)) }
        do throws(LedgerError) {
          acknowledged += try storage.append(drafts)
        } catch {
          #expect(error.code == .full || error.code == .system)
        }
      }
      disk.cutPower()
    }
    try folder.fill(1, files: 1_000)
    let anchors = try folder.anchors()
    #expect(acknowledged.count > 100)
    for anchor in acknowledged { #expect(anchors[anchor.sequence] == anchor.hash) }
    let verification = try folder.reader.verify()
    #expect(verification.isIntact && verification.first == 1)
  }

  private func expectRefusal(
    _ folder: TemporaryLedger, problem: String, file: String? = "00000000000000000001.jsonl",
    line: Int? = nil
  ) {
    let error = #expect(throws: LedgerError.self) { try LedgerStorage.open(folder.settings()) }
    #expect(error?.code == .damaged)
    let verification = try? folder.reader.verify()
    #expect(verification?.damage?.problem.code == problem)
    #expect(verification?.damage?.file == file)
    #expect(verification?.damage?.line == line)
  }
}
