import FoundationEssentials
import SallyportCore
import Testing

@testable import SallyportLedger

@Suite struct ReaderTests {
  @Test func filtersTakeTheNewestThatMatch() async throws {
    let folder = try TemporaryLedger()
    let other = AttemptID(job: .random(), epoch: 1)
    let settings = folder.settings(fileBytes: 4_000, files: 1_000)
    try await Ledger.withLedger(settings) { ledger in
      for number in 0..<60 {
        try await ledger.append(Sample.job(number))
        if number % 10 == 0 { try await ledger.append(LedgerSecrets(other, names: ["a"])) }
      }
    }
    var filter = LedgerFilter()
    filter.kinds = [.job]
    filter.limit = 7
    var records = try folder.reader.list(filter).records
    #expect(records.map { $0["submitter"] } == (53..<60).map { .text("alice \($0)") })

    filter = LedgerFilter()
    filter.job = other.job
    records = try folder.reader.list(filter).records
    #expect(records.count == 6 && records.allSatisfy { $0.kind == "secrets" })
    #expect(records.map(\.sequence) == records.map(\.sequence).sorted())

    filter = LedgerFilter()
    filter.kinds = [.job, .secrets]
    filter.limit = 1_000
    #expect(try folder.reader.list(filter).records.count == 66)

    let all = try folder.records()
    filter = LedgerFilter()
    filter.since = all[all.count / 2].time
    filter.limit = 1_000
    let since = try folder.reader.list(filter).records
    #expect(since == all.filter { $0.time >= all[all.count / 2].time })
    filter.since = LedgerTime("9999-12-31T23:59:59.999Z")
    #expect(try folder.reader.list(filter).records.isEmpty)
    for limit in [0, -1, .min] {
      filter = LedgerFilter()
      filter.limit = limit
      #expect(try folder.reader.list(filter).records.map(\.kind) == ["stopped"])
    }
  }

  @Test func aDamagedLedgerCanBeListed() throws {
    let folder = try TemporaryLedger()
    try folder.fill(20)
    try folder.edit(0) { lines in
      lines[4] = "nonsense"
      lines.remove(at: 9)
    }
    let listing = try folder.reader.list(LedgerFilter())
    #expect(listing.records.count == 20)
    #expect(listing.unreadableLines == 1)
  }

  @Test func theLineIsAsItIsInTheFile() throws {
    let folder = try TemporaryLedger()
    try folder.fill(3)
    #expect(try folder.records().map(\.line) == folder.lines(0))
  }

  /// Changed bytes, dropped, repeated and moved pieces, in every file, `head` too: nothing traps, and
  /// the two verifiers agree on what is wrong and where.
  @Test(arguments: 0..<4)
  func mutatedLedgersAreReadWithoutATrap(seed: Int) async throws {
    let original = try TemporaryLedger()
    try original.fill(12, fileBytes: 1_500)
    let names = try original.files() + ["head"]
    let iterations =
      ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_ITERATIONS"].flatMap(Int.init) ?? 60
    var generator = SeededGenerator(seed: UInt64(seed))
    var copies: [TemporaryLedger] = []
    for _ in 0..<iterations {
      let copy = try original.copy()
      for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let name = names[Int.random(in: 0..<names.count, using: &generator)]
        try copy.write(name, Mutation.apply(to: try copy.read(name), using: &generator))
      }
      copies.append(copy)
      if copies.count == 60 { try await compare(&copies) }
    }
    try await compare(&copies)
  }

  private func compare(_ copies: inout [TemporaryLedger]) async throws {
    defer { copies = [] }
    let theirs = try await Python.verify(copies.map(\.path))
    #expect(theirs.count == copies.count)
    for (copy, theirs) in zip(copies, theirs) {
      let ours = try copy.reader.verify()
      #expect(Python.Verdict(ours) == theirs)
      _ = try copy.reader.list(LedgerFilter())
      if ours.isIntact {
        _ = try LedgerStorage.open(copy.settings())
        #expect(try copy.reader.verify().isIntact)
      } else {
        #expect(throws: LedgerError.self) { try LedgerStorage.open(copy.settings()) }
      }
    }
  }

  @Test func mutatedLinesAreDecodedWithoutATrap() throws {
    var generator = SeededGenerator(seed: 99)
    let lines = try Sample.all(
      text: Sample.hostile, list: [Sample.hostile, "b"], peer: try Sample.peer()
    ).map { entry in
      let draft = try LedgerDraft(entry)
      return LedgerLine.encode(
        sequence: 7, time: .now(), previous: .none, kind: draft.kind, fields: draft.fields)
    }
    for _ in 0..<20_000 {
      let line = lines[Int.random(in: 0..<lines.count, using: &generator)]
      let mutated = Mutation.apply(to: line, using: &generator)
      guard let record = LedgerLine.decode(mutated) else { continue }
      #expect(record.bytes == mutated)
    }
  }
}
