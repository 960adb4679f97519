import SallyportCore
import Testing

@testable import SallyportLedger

@Suite struct RotationTests {
  @Test func theChainGoesOnFromFileToFile() async throws {
    let folder = try TemporaryLedger()
    try folder.fill(100, fileBytes: 2_000, files: 1_000)
    let names = try folder.files()
    #expect(names.count > 10)
    for name in names { #expect(try folder.read(name).count <= 2_000) }
    let records = try folder.records()
    #expect(records.map(\.sequence) == Array(1...UInt64(records.count)))
    #expect(records.count { $0.kind == "job" } == 100)
    #expect(records.count { $0.kind == "continued" } == names.count - 1)
    let continued = try #require(records.first { $0.kind == "continued" })
    #expect(continued["ledger"] == records[0]["ledger"])
    let verification = try folder.reader.verify()
    #expect(verification.isIntact && verification.first == 1)
    #expect(try await Python.verify(folder.path) == Python.Verdict(verification))
  }

  @Test(arguments: [1, 2, 3])
  func theOldestFileGoes(files: Int) throws {
    let folder = try TemporaryLedger()
    try folder.fill(100, fileBytes: 2_000, files: files)
    #expect(try folder.files().count == files)
    let verification = try folder.reader.verify()
    #expect(verification.isIntact)
    #expect((verification.first ?? 0) > 80)
    #expect(try folder.records().last?["submitter"] == .text("alice 99"))
    // With fewer files than there are, the surplus goes with the next record.
    let more = try TemporaryLedger()
    try more.fill(100, fileBytes: 2_000, files: 1_000)
    try more.fill(1, fileBytes: 2_000, files: files)
    #expect(try more.files().count == files)
    #expect(try more.reader.verify().isIntact)
  }

  /// A record may be larger than a file: then it has one for itself.
  @Test func aFileTakesAtLeastOneRecord() throws {
    let folder = try TemporaryLedger()
    try folder.fill(5, fileBytes: 1, files: 100)
    #expect(try folder.files().count == 6)
    #expect(try folder.records().count == 12)
    #expect(try folder.reader.verify().isIntact)
  }

  @Test func rotationUnderLoadLeavesNoGap() async throws {
    let folder = try TemporaryLedger()
    let settings = folder.settings(fileBytes: 8_000, files: 1_000)
    try await Ledger.withLedger(settings) { ledger in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<50 {
          group.addTask {
            for number in 0..<20 { try await ledger.append(Sample.job(writer * 20 + number)) }
          }
        }
        // A reader is never told that a ledger which is being written to is damaged.
        for _ in 0..<20 {
          let verification = try folder.reader.verify()
          #expect(verification.isIntact, "\(String(describing: verification.damage))")
          await Task.yield()
        }
        try await group.waitForAll()
      }
    }
    #expect(Set(try folder.records().compactMap { $0["submitter"] }).count == 1_000)
    let verification = try folder.reader.verify()
    #expect(verification.isIntact && verification.first == 1)
    #expect(try folder.files().count > 20)
    #expect(try await Python.verify(folder.path) == Python.Verdict(verification))
  }

  @Test func whatIsReadWhileTheOldestGoesIsNoDamage() async throws {
    let folder = try TemporaryLedger()
    try await Ledger.withLedger(folder.settings(fileBytes: 4_000, files: 2)) { ledger in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<10 {
          group.addTask { for _ in 0..<50 { try await ledger.append(Sample.job(writer)) } }
        }
        try await group.waitForAll()
      }
    }
    let verification = try folder.reader.verify()
    #expect(verification.isIntact && (verification.first ?? 0) > 1)
    #expect(try folder.files().count == 2)
  }
}
