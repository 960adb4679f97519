import Crypto
import Foundation
import SallyportCore
import SallyportSealing
import Synchronization
import Testing

@testable import SallyportWorker

struct SealedSpoolTests {
  private let key: SealingKey
  private let sealing: LogSealing
  private let scope: SealedLogScope

  init() throws {
    key = try SealingKey.generate()
    let job = try #require(JobID("0123456789abcdef0123456789abcdef"))
    scope = SealedLogScope(
      tenant: try TenantName("acme"), attempt: AttemptID(job: job, epoch: 3))
    sealing = LogSealing(scope: scope, readers: [key.publicKey])
  }

  private func contents(_ directory: TemporaryDirectory) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: directory.file("log"))))
  }

  /// What a reader sees, and whether it has an end.
  private func read(_ bytes: [UInt8]) throws -> (entries: [LogEntry], isWhole: Bool) {
    var unsealer = LogUnsealer(scope: scope, keys: SealingKeyring([key]))
    var decoder = LogEntryDecoder()
    decoder.append(bytes)
    var offset: UInt64 = 0
    var entries: [LogEntry] = []
    while let entry = try decoder.next() {
      if case .entry(let opened) = try unsealer.open(entry, at: offset) { entries.append(opened) }
      offset += UInt64(LogEntry.headerLength + entry.payload.count)
    }
    #expect(decoder.pendingBytes == 0)
    return (entries, unsealer.hasEnded)
  }

  @Test func nothingOfWhatIsWrittenReachesTheDisk() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"), sealing: sealing)
    try spool.append(Array("canary-output\n".utf8), to: .stdout, at: 1)
    try spool.append(Array("canary-error\n".utf8), to: .stderr, at: 2)
    try spool.conclude(at: 3)
    let digest = try spool.seal()
    let bytes = try contents(directory)
    #expect(String(decoding: bytes, as: UTF8.self).contains("canary") == false)
    // The digest is that of what is stored: the gateway can tell whether it has all of it.
    #expect(digest.length == UInt64(bytes.count))
    #expect(digest.sha256 == Array(SHA256.hash(data: bytes)))
    let log = try read(bytes)
    #expect(log.isWhole)
    #expect(log.entries.map(\.stream) == [.stdout, .stderr])
    #expect(log.entries.map(\.timestamp) == [1, 2])
    #expect(
      log.entries.map { String(decoding: $0.payload, as: UTF8.self) }
        == ["canary-output\n", "canary-error\n"])
  }

  @Test func longOutputIsSplitIntoEntriesThatFit() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"), sealing: sealing)
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    try spool.append(bytes, to: .stdout, at: 1)
    #expect(try read(try contents(directory)).entries.flatMap(\.payload) == bytes)
    #expect(try spool.chunk(at: 0, upTo: 1 << 20) == contents(directory))
  }

  @Test func aLogWithoutOutputHasAnEnd() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"), sealing: sealing)
    try spool.conclude(at: 1)
    try spool.seal()
    let log = try read(try contents(directory))
    #expect(log.isWhole && log.entries.isEmpty)
  }

  /// Entries that a full disk did not take are sealed again, the log's key among them.
  @Test func aFullDiskLosesNeitherKeyNorOutput() throws {
    let directory = try TemporaryDirectory()
    let full = Flagged()
    let spool = try LogSpool.create(
      directory.file("log"), limits: LogSpoolLimits(), sealing: sealing, isFull: { full.isSet })
    full.set(true)
    #expect(throws: SystemError.self) { try spool.append([1], to: .stdout, at: 1) }
    full.set(false)
    try spool.append([2], to: .stdout, at: 2)
    full.set(true)
    #expect(throws: SystemError.self) { try spool.append([3], to: .stdout, at: 3) }
    full.set(false)
    try spool.append([4], to: .stdout, at: 4)
    #expect(try read(try contents(directory)).entries.map(\.payload) == [[2], [4]])
  }

  @Test func aRecoveredLogGoesOnUnderAnotherKey() throws {
    let directory = try TemporaryDirectory()
    do {
      let spool = try LogSpool.create(directory.file("log"), sealing: sealing)
      try spool.append(Array("before\n".utf8), to: .stdout, at: 1)
    }
    // An entry that the process did not finish.
    let file = try FileHandle(forWritingTo: URL(filePath: directory.file("log")))
    try file.seekToEnd()
    try file.write(contentsOf: [5, 0, 0, 0, 200, 0, 0, 0, 1])
    try file.close()
    let recovered = try LogSpool.recover(directory.file("log"), sealing: sealing)
    try recovered.append(Array("lost\n".utf8), to: .system, at: 2)
    try recovered.conclude(at: 3)
    try recovered.seal()
    let log = try read(try contents(directory))
    #expect(log.isWhole)
    #expect(log.entries.map(\.stream) == [.stdout, .system])
  }

  /// What had ended before the restart stays as it is reported.
  @Test func recoveringAddsNothingByItself() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"), sealing: sealing)
    try spool.append([1], to: .stdout, at: 1)
    try spool.conclude(at: 2)
    let digest = try spool.seal()
    #expect(try LogSpool.recover(directory.file("log"), sealing: sealing).seal() == digest)
  }
}

private final class Flagged: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set(_ new: Bool) { value.withLock { $0 = new } }
}
