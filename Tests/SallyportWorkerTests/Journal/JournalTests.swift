import Foundation
import Glibc
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportWorker

struct JournalTests {
  private func report(_ attempt: AttemptID, reason: String = "") -> FinishReport {
    FinishReport(
      .with {
        $0.attempt = attempt.message
        $0.outcome = .succeeded
        $0.exitCode = 0
        $0.reason = reason
      })
  }

  private func sample() -> [JournalRecord] {
    let first = AttemptID(job: .random(), epoch: 1)
    let second = AttemptID(job: .random(), epoch: 7)
    return [
      .started(first, at: 1),
      .supervised(first, ProcessIdentity(pid: 42, startTime: 99), boot: "boot"),
      .started(second, at: 2),
      .finished(first, report(first, reason: "ünï")),
      .settled(first),
    ]
  }

  private func state(_ records: some Sequence<JournalRecord>) -> JournalState {
    var state = JournalState()
    for record in records { state.apply(record) }
    return state
  }

  @Test func recordsSurviveTheirEncoding() throws {
    for record in sample() {
      #expect(JournalRecord(decoding: try record.encode()) == record)
    }
  }

  @Test func aNewJournalContinuesWhereTheLastOneEnded() async throws {
    let directory = try TemporaryDirectory()
    let records = sample()
    do {
      let journal = try ResultJournal(directory: directory.path)
      for record in records { try await journal.record(record) }
    }
    let journal = try ResultJournal(directory: directory.path)
    #expect(await journal.state == state(records))
    #expect(await journal.discardedBytes == 0)
  }

  /// A crash may stop a write after any byte.
  @Test func cutAtEveryByteItHoldsExactlyTheWholeRecords() throws {
    let records = sample()
    var bytes = JournalFormat.header
    var ends: [Int] = []
    for record in records {
      bytes += JournalFormat.encode(try record.encode())
      ends.append(bytes.count)
    }
    for length in JournalFormat.header.count...bytes.count {
      let (found, end) = JournalFormat.decode(Array(bytes[..<length]))
      let whole = ends.filter { $0 <= length }.count
      #expect(found == Array(records[..<whole]))
      #expect(end == (whole == 0 ? JournalFormat.header.count : ends[whole - 1]))
    }
  }

  @Test func openingATornJournalKeepsWhatIsWholeAndGoesOn() async throws {
    let records = sample()
    var bytes = JournalFormat.header
    for record in records { bytes += JournalFormat.encode(try record.encode()) }
    for length in stride(from: JournalFormat.header.count, through: bytes.count, by: 7) {
      let directory = try TemporaryDirectory()
      try Data(bytes[..<length]).write(to: URL(filePath: directory.file("journal")))
      let expected = state(JournalFormat.decode(Array(bytes[..<length])).records)
      let journal = try ResultJournal(directory: directory.path)
      #expect(await journal.state == expected)
      let next = AttemptID(job: .random(), epoch: 1)
      try await journal.record(.started(next, at: 5))
      let again = try ResultJournal(directory: directory.path)
      #expect(await again.state.open[next]?.startedAt == 5)
      #expect(await again.state.open.count == expected.open.count + 1)
    }
  }

  @Test func aFlippedBitNeverInventsARecord() throws {
    let records = sample()
    var bytes = JournalFormat.header
    for record in records { bytes += JournalFormat.encode(try record.encode()) }
    for index in JournalFormat.header.count..<bytes.count {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        let found = JournalFormat.decode(damaged).records
        #expect(found.count < records.count && found == Array(records[..<found.count]))
      }
    }
  }

  /// Damage costs the records that it hits, and no other.
  @Test func whatFollowsADamagedRecordIsFound() throws {
    let records = try sample().map { try JournalFormat.encode($0.encode()) }
    let bytes = records.reduce(JournalFormat.header, +)
    let start = JournalFormat.header.count + records[0].count
    for index in start..<start + records[1].count {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        let (found, end) = JournalFormat.decode(damaged)
        #expect(found.count == 1 && end == start)
        #expect(JournalFormat.salvage(damaged, from: end).count == 3)
      }
    }
    for length in JournalFormat.header.count...bytes.count {
      let torn = Array(bytes[..<length])
      #expect(JournalFormat.salvage(torn, from: JournalFormat.decode(torn).end).isEmpty)
    }
  }

  @Test(arguments: [3, 60])
  func aDamagedJournalIsKeptAsideAndGoesOn(index: Int) async throws {
    let directory = try TemporaryDirectory()
    let attempt = AttemptID(job: .random(), epoch: 3)
    do {
      let journal = try ResultJournal(directory: directory.path)
      try await journal.record(.started(AttemptID(job: .random(), epoch: 1), at: 1))
      try await journal.record(.started(attempt, at: 2))
    }
    let url = URL(filePath: directory.file("journal"))
    var bytes = try Data(contentsOf: url)
    bytes[index] ^= 1
    try bytes.write(to: url)
    do {
      let journal = try ResultJournal(directory: directory.path)
      let damage = try #require(await journal.damage)
      #expect(damage.salvaged == (index == 3 ? 2 : 1))
      #expect(await journal.state.open[attempt]?.startedAt == 2)
      #expect(try Data(contentsOf: URL(filePath: damage.copy)) == bytes)
    }
    let again = try ResultJournal(directory: directory.path)
    #expect(await again.damage == nil)
    #expect(await again.state.open[attempt]?.startedAt == 2)
  }

  @Test func anotherFileIsKeptAside() async throws {
    let directory = try TemporaryDirectory()
    try Data("something else".utf8).write(to: URL(filePath: directory.file("journal")))
    let journal = try ResultJournal(directory: directory.path)
    #expect(await journal.damage?.salvaged == 0)
    #expect(
      try String(contentsOfFile: directory.file("journal.damaged"), encoding: .utf8)
        == "something else")
  }

  @Test func anEmptyFileIsANewJournal() async throws {
    let directory = try TemporaryDirectory()
    try Data().write(to: URL(filePath: directory.file("journal")))
    let journal = try ResultJournal(directory: directory.path)
    #expect(await journal.damage == nil)
    #expect(await journal.discardedBytes == 0)
  }

  @Test func anotherVersionsJournalIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let bytes = Data("SPJRNL02 and more".utf8)
    try bytes.write(to: URL(filePath: directory.file("journal")))
    #expect(throws: JournalError.self) { try ResultJournal(directory: directory.path) }
    #expect(try Data(contentsOf: URL(filePath: directory.file("journal"))) == bytes)
  }

  @Test func aRecordThatCouldNotBeReadAgainIsRefused() async throws {
    let directory = try TemporaryDirectory()
    let journal = try ResultJournal(directory: directory.path)
    let attempt = AttemptID(job: .random(), epoch: 1)
    let reason = String(repeating: "x", count: JournalFormat.maximumBody)
    await #expect(throws: JournalError.self) {
      try await journal.record(.finished(attempt, report(attempt, reason: reason)))
    }
    try await journal.record(.started(attempt, at: 1))
    let again = try ResultJournal(directory: directory.path)
    #expect(await again.state.open[attempt] != nil)
    #expect(await again.discardedBytes == 0)
  }

  /// On a file system that can say, as those that workers use can.
  @Test func aStartedAttemptHasRoomForItsEnd() async throws {
    let directory = try TemporaryDirectory()
    let journal = try ResultJournal(directory: directory.path)
    try await journal.record(.started(AttemptID(job: .random(), epoch: 1), at: 1))
    let numbers = try allocation(of: directory.file("journal"))
    try #require(numbers.count == 3)
    #expect(numbers[0] * numbers[1] >= numbers[2] + ResultJournal.reserve)
  }

  /// Blocks, their size in bytes, and the file's size. By a program: to which C module `stat` belongs
  /// changes from build to build, and its members need that module's import.
  private func allocation(of path: String) throws -> [Int64] {
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/stat")
    process.arguments = ["--format", "%b %B %s", path]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split { $0.isWhitespace }.compactMap { Int64($0) }
  }

  @Test func settledAttemptsAreRememberedAndCompacted() async throws {
    let directory = try TemporaryDirectory()
    let attempt = AttemptID(job: .random(), epoch: 2)
    do {
      let journal = try ResultJournal(directory: directory.path)
      try await journal.record(.started(attempt, at: 1))
      try await journal.record(.finished(attempt, report(attempt)))
      try await journal.record(.settled(attempt))
    }
    let before = try Data(contentsOf: URL(filePath: directory.file("journal"))).count
    let journal = try ResultJournal(directory: directory.path)
    let after = try Data(contentsOf: URL(filePath: directory.file("journal"))).count
    #expect(after < before)
    let state = await journal.state
    #expect(state.open.isEmpty)
    #expect(state.history.contains(attempt))
    #expect(state.history.contains(AttemptID(job: attempt.job, epoch: 1)))
    #expect(!state.history.contains(AttemptID(job: attempt.job, epoch: 3)))
  }

  @Test func theJournalIsRewrittenBeforeItGrowsWithoutBound() async throws {
    let directory = try TemporaryDirectory()
    let journal = try ResultJournal(directory: directory.path)
    let reason = String(repeating: "x", count: 30_000)
    for _ in 0..<100 {
      let attempt = AttemptID(job: .random(), epoch: 1)
      try await journal.record(.started(attempt, at: 1))
      try await journal.record(.finished(attempt, report(attempt, reason: reason)))
      try await journal.record(.settled(attempt))
    }
    let size = try Data(contentsOf: URL(filePath: directory.file("journal"))).count
    #expect(size < 2 << 20)
    #expect(await journal.state.history.attempts.count == 100)
  }

  /// As on a full disk. Before, the worker did not start.
  @Test func aJournalThatCannotBeRewrittenGoesOn() async throws {
    let directory = try TemporaryDirectory()
    let attempts = (0..<2).map { _ in AttemptID(job: .random(), epoch: 1) }
    try await ResultJournal(directory: directory.path).record(.started(attempts[0], at: 1))
    let file = try FileHandle(forWritingTo: URL(filePath: directory.file("journal")))
    try file.seekToEnd()
    try file.write(contentsOf: [9, 0, 0, 0, 1])
    try FileManager.default.createDirectory(
      atPath: directory.file("journal.new"), withIntermediateDirectories: false)
    for index in 0..<2 {
      let journal = try ResultJournal(directory: directory.path)
      #expect(await journal.discardedBytes == (index == 0 ? 5 : 0))
      #expect(await journal.state.open[attempts[0]] != nil)
      try await journal.record(.started(attempts[1], at: 2))
      #expect(await journal.state.open.count == 2)
    }
  }

  @Test func aRecordOutlivesACompactionThatFails() async throws {
    let directory = try TemporaryDirectory()
    let journal = try ResultJournal(directory: directory.path)
    try FileManager.default.createDirectory(
      atPath: directory.file("journal.new"), withIntermediateDirectories: false)
    let reason = String(repeating: "x", count: 60_000)
    for _ in 0..<40 {
      let attempt = AttemptID(job: .random(), epoch: 1)
      try await journal.record(.started(attempt, at: 1))
      try await journal.record(.finished(attempt, report(attempt, reason: reason)))
      try await journal.record(.settled(attempt))
    }
    let again = try ResultJournal(directory: directory.path)
    #expect(await again.state == journal.state)
  }

  /// A job may write to the state directory.
  @Test func theNewJournalIsNotWrittenThroughALink() throws {
    let directory = try TemporaryDirectory()
    let victim = directory.file("victim")
    try Data("precious".utf8).write(to: URL(filePath: victim))
    try FileManager.default.createSymbolicLink(
      atPath: directory.file("journal.new"), withDestinationPath: victim)
    #expect(throws: SystemError.self) { try ResultJournal(directory: directory.path) }
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
  }

  @Test func theHistoryForgetsTheOldestFirst() {
    var history = AttemptHistory()
    let attempts = (0...AttemptHistory.capacity).map { _ in
      AttemptID(job: .random(), epoch: 1)
    }
    for attempt in attempts { history.note(attempt) }
    #expect(!history.contains(attempts[0]))
    #expect(attempts.dropFirst().allSatisfy(history.contains))
  }
}
