import FoundationEssentials
import SallyportCore
import Testing

@testable import SallyportLedger

/// Figures, not promises: they depend on the disk.
@Suite(
  .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["SALLYPORT_LEDGER_MEASURE"] != nil))
struct MeasureTests {
  @Test(arguments: [1, 64])
  func appendsPerSecond(writers: Int) async throws {
    let folder = try TemporaryLedger()
    let each = 4_000 / writers
    let elapsed = try await Ledger.withLedger(folder.settings()) { ledger in
      try await ContinuousClock().measure {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<writers {
            group.addTask { for _ in 0..<each { try await ledger.append(Sample.job(writer)) } }
          }
          try await group.waitForAll()
        }
      }
    }
    let rate = Double(each * writers) / (elapsed / .seconds(1))
    print("\(writers) writers: \(Int(rate)) appends/s, in \(elapsed)")
  }

  @Test func howLongOneAppendTakes() async throws {
    let folder = try TemporaryLedger()
    let times = try await Ledger.withLedger(folder.settings()) { ledger in
      var times: [Duration] = []
      for number in 0..<2_000 {
        times.append(
          try await ContinuousClock().measure { try await ledger.append(Sample.job(number)) })
      }
      return times.sorted()
    }
    print("one append: p50 \(times[1_000]), p99 \(times[1_980]), worst \(times[1_999])")
  }

  @Test func verifiedPerSecond() throws {
    let folder = try TemporaryLedger()
    var (storage, _) = try LedgerStorage.open(folder.settings())
    let draft = try LedgerDraft(Sample.job())
    for _ in 0..<200 {
      var rest = Array(repeating: draft, count: 500)[...]
      while !rest.isEmpty { rest = rest.dropFirst(try storage.append(rest).count) }
    }
    let bytes = try folder.read(try folder.files()[0]).count
    let elapsed = try ContinuousClock().measure {
      let verification = try folder.reader.verify()
      #expect(verification.isIntact)
    }
    print("verified 100,000 records, \(bytes) bytes, in \(elapsed)")
  }
}
