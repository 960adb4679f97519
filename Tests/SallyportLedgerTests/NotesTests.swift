import Glibc
import Synchronization
import Testing

@testable import SallyportLedger

/// What a peer can cause without end cannot push out what was recorded before.
@Suite struct NotesTests {
  private let refusal = LedgerExternalIDRefusal(attempt: nil, reason: "a Welcome")

  @Test func theFirstOfAnHourAreWrittenAndTheOthersCounted() {
    var tally = LedgerTally()
    let start = ContinuousClock.now
    for _ in 0..<LedgerTally.maximumRecords { #expect(tally.admits(.job, now: start) == true) }
    #expect(tally.take().isEmpty)
    for _ in 0..<3 { #expect(tally.admits(.job, now: start + .seconds(3_599)) == false) }
    // One kind does not hide another.
    #expect(tally.admits(.externalID, now: start) == true)
    #expect(tally.take() == [LedgerOmission(of: .job, count: 3)])
    #expect(tally.take().isEmpty)
    #expect(tally.admits(.job, now: start + .seconds(3_600)) == true)
    tally.add(.max, of: .job)
    tally.add(.max, of: .job)
    #expect(tally.take() == [LedgerOmission(of: .job, count: .max)])
  }

  @Test func aFloodLeavesABoundedNumberOfRecords() async throws {
    let folder = try TemporaryLedger()
    try await Ledger.withLedger(folder.settings()) { ledger in
      for _ in 0..<100_000 { ledger.note(refusal) }
      ledger.note(LedgerConnection(.refused, gateway: "gateway:443", reason: "no route"))
      try await ledger.append(Sample.job())
    }
    let records = try folder.records()
    #expect(records.filter { $0.kind == "external_id" }.count == LedgerTally.maximumRecords)
    #expect(records.filter { $0.kind == "connection" }.count == 1)
    let omitted = try #require(records.last { $0.kind == "omitted" })
    #expect(omitted["of"] == .text("external_id"))
    #expect(omitted["count"] == .number(100_000 - UInt64(LedgerTally.maximumRecords)))
    #expect(try await Python.verify(folder.path).problem == nil)
  }

  /// The time between is the ledger's own: what is waited for is the record.
  @Test(.timeLimit(.minutes(1))) func countsAreWrittenWhileTheProcessRuns() async throws {
    let folder = try TemporaryLedger()
    var settings = folder.settings()
    settings.limits.omissionInterval = .milliseconds(1)
    try await Ledger.withLedger(settings) { ledger in
      for _ in 0...LedgerTally.maximumRecords { ledger.note(refusal) }
      while try !folder.records().contains(where: { $0.kind == "omitted" }) { await Task.yield() }
    }
    #expect(try folder.records().filter { $0.kind == "omitted" }.count == 1)
  }

  @Test func whatCouldNotBeWrittenIsCountedAndTold() async throws {
    let folder = try TemporaryLedger()
    let isFull = Mutex(false)
    var calls = LedgerCalls()
    let write = calls.write
    calls.write = { file, bytes, offset in
      isFull.withLock { $0 } ? -Int(ENOSPC) : write(file, bytes, offset)
    }
    try await Ledger.withLedger(folder.settings(), calls: calls) { ledger in
      try await ledger.requireWritable()
      isFull.withLock { $0 = true }
      ledger.note(refusal)
      for _ in 0..<2 {
        let error = await #expect(throws: LedgerError.self) {
          try await ledger.append(Sample.job())
        }
        #expect(error?.code == .full)
      }
      await #expect(throws: LedgerError.self) { try await ledger.requireWritable() }
      #expect(ledger.unwritten == 2)
      isFull.withLock { $0 = false }
      try await ledger.append(Sample.job())
      #expect(ledger.unwritten == 0)
    }
    let records = try folder.records()
    let resumed = try #require(records.first { $0.kind == "resumed" })
    #expect(resumed["failed"] == .number(2))
    #expect(records.filter { $0.kind == "job" }.map(\.sequence) == [resumed.sequence + 1])
    #expect(records.first { $0.kind == "omitted" }?["count"] == .number(1))
    #expect(try folder.reader.verify().isIntact)
  }
}
