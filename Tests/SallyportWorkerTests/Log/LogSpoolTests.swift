import Crypto
import Foundation
import SallyportCore
import Testing

@testable import SallyportWorker

struct LogSpoolTests {
  private func filled(_ directory: TemporaryDirectory, entries: Int) throws -> LogSpool {
    let spool = try LogSpool.create(directory.file("log"))
    for index in 0..<entries {
      try spool.append(
        [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index * 37 % 500 + 1),
        to: index % 2 == 0 ? .stdout : .stderr, at: UInt64(index))
    }
    return spool
  }

  private func contents(_ directory: TemporaryDirectory) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: directory.file("log"))))
  }

  @Test func theDigestIsThatOfTheFile() throws {
    let directory = try TemporaryDirectory()
    let spool = try filled(directory, entries: 50)
    let digest = try spool.seal()
    let bytes = try contents(directory)
    #expect(digest.length == UInt64(bytes.count))
    #expect(digest.sha256 == Array(SHA256.hash(data: bytes)))
    #expect(throws: SystemError.self) { try spool.append([1], to: .stdout, at: 0) }
    #expect(try spool.seal() == digest)
  }

  @Test func longOutputIsSplitIntoEntries() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"))
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    try spool.append(bytes, to: .stdout, at: 1)
    var decoder = LogEntryDecoder()
    decoder.append(try contents(directory))
    var payloads: [[UInt8]] = []
    while let entry = try decoder.next() { payloads.append(entry.payload) }
    #expect(payloads.map(\.count) == [65_536, 65_536, 65_536, 3_392])
    #expect(payloads.flatMap { $0 } == bytes)
  }

  @Test func whatWasWrittenLatelyNeedsNoDisk() throws {
    let directory = try TemporaryDirectory()
    let spool = try filled(directory, entries: 60)
    let bytes = try contents(directory)
    var boundaries: Set<Int> = []
    var start = 0
    while start < bytes.count {
      boundaries.insert(start)
      start += LogEntry.headerLength + Int(bytes[start + 4]) + Int(bytes[start + 5]) << 8
    }
    #expect(boundaries.count == 60)
    for offset in 0...bytes.count {
      let recent = spool.recentChunk(at: UInt64(offset))
      #expect(recent == (boundaries.contains(offset) ? Array(bytes[offset...]) : nil))
    }
    spool.acknowledge(upTo: UInt64(bytes.count))
    #expect(boundaries.allSatisfy { spool.recentChunk(at: UInt64($0)) == nil })
  }

  @Test func onlySoMuchOfALogIsKeptInMemory() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"))
    var ends: [UInt64] = [0]
    for size in [40_000, 30_000, 100, 65_536, 10] {
      try spool.append([UInt8](repeating: 1, count: size), to: .stdout, at: 1)
      ends.append(spool.length)
    }
    // 30,000 bytes did not fit beside 40,000, an entry of 65,536 does not fit at all.
    let kept = ends.dropLast().map { spool.recentChunk(at: $0) != nil }
    #expect(kept == [false, false, false, false, true])
  }

  @Test func chunksAreWholeEntriesFromAnyBoundary() throws {
    let directory = try TemporaryDirectory()
    let spool = try filled(directory, entries: 300)
    let bytes = try contents(directory)
    var joined: [UInt8] = []
    while joined.count < bytes.count {
      let chunk = try spool.chunk(at: UInt64(joined.count), upTo: 66_000)
      var decoder = LogEntryDecoder()
      decoder.append(chunk)
      while try decoder.next() != nil {}
      #expect(decoder.pendingBytes == 0 && !chunk.isEmpty)
      joined += chunk
    }
    #expect(joined == bytes)
    #expect(try spool.chunk(at: UInt64(bytes.count), upTo: 66_000).isEmpty)
    #expect(throws: LogSpoolError.outOfRange(offset: 1 << 40, length: spool.length)) {
      try spool.chunk(at: 1 << 40, upTo: 66_000)
    }
  }

  /// A crash may stop a write after any byte.
  @Test func cutAtEveryByteItRecoversTheWholeEntries() throws {
    let directory = try TemporaryDirectory()
    let spool = try filled(directory, entries: 6)
    let bytes = try contents(directory)
    var ends: [Int] = []
    var decoder = LogEntryDecoder()
    decoder.append(bytes)
    while try decoder.next() != nil { ends.append(bytes.count - decoder.pendingBytes) }
    #expect(ends.count == 6)
    withExtendedLifetime(spool) {}
    for length in 0...bytes.count {
      let path = directory.file("cut")
      try Data(bytes[..<length]).write(to: URL(filePath: path))
      let recovered = try LogSpool.recover(path)
      let expected = ends.last { $0 <= length } ?? 0
      #expect(recovered.length == UInt64(expected))
      try recovered.append([9], to: .system, at: 1)
      let digest = try recovered.seal()
      let file = Array(try Data(contentsOf: URL(filePath: path)))
      #expect(Array(file[..<expected]) == Array(bytes[..<expected]))
      #expect(file.count == expected + LogEntry.headerLength + 1)
      #expect(digest.sha256 == Array(SHA256.hash(data: file)))
    }
  }

  @Test func damageInTheMiddleEndsTheLogThere() throws {
    let directory = try TemporaryDirectory()
    _ = try filled(directory, entries: 20)
    var bytes = try contents(directory)
    let first = LogEntry.headerLength + 1
    bytes[first] = 77
    try Data(bytes).write(to: URL(filePath: directory.file("log")))
    #expect(try LogSpool.recover(directory.file("log")).length == UInt64(first))
  }

  @Test func aSpoolOfSeveralPiecesRecoversWhole() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"))
    for index in 0..<80 {
      try spool.append([UInt8](repeating: 1, count: 65_000), to: .stdout, at: UInt64(index))
    }
    let digest = try spool.seal()
    let recovered = try LogSpool.recover(directory.file("log"))
    #expect(try recovered.seal() == digest)
  }

  @Test func roomComesBackWithAcknowledgementsAndWithGivingUp() throws {
    let directory = try TemporaryDirectory()
    var limits = LogSpoolLimits()
    limits.maximumUnacknowledged = 1_000
    let spool = try LogSpool.create(directory.file("log"), limits: limits)
    try spool.append([UInt8](repeating: 0, count: 2_000), to: .stdout, at: 0)
    #expect(!spool.hasRoom)
    spool.acknowledge(upTo: 1_900)
    #expect(spool.hasRoom)
    try spool.append([UInt8](repeating: 0, count: 2_000), to: .stdout, at: 0)
    #expect(!spool.hasRoom)
    spool.abandonUpload()
    #expect(spool.hasRoom)
  }

  /// Otherwise the upload never ends, and the result is never reported.
  @Test func aLogEndsAlsoWhereTheDiskCannotSynchroniseIt() throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"), synchronize: { _ in EIO })
    try spool.append([1, 2, 3], to: .stdout, at: 0)
    #expect(throws: SystemError("sync \(spool.path)", number: EIO)) { try spool.seal() }
    let bytes = try contents(directory)
    #expect(
      spool.digest
        == LogDigest(length: UInt64(bytes.count), sha256: Array(SHA256.hash(data: bytes))))
  }
}
