import SallyportCore
import Testing

@testable import SallyportSealing

@Suite struct SealedLogTests {
  /// A sealed log with the offsets of its entries.
  private struct Log {
    var entries: [(offset: UInt64, entry: LogEntry)] = []
    var end: UInt64 = 0

    mutating func append(_ entry: LogEntry) {
      entries.append((end, entry))
      end += UInt64(LogEntry.headerLength + entry.payload.count)
    }
  }

  private let key: SealingKey
  private let lines = (0..<20).map { Array("line \($0)\n".utf8) }

  init() throws { key = try SealingKey.generate() }

  private func log(
    readers: [SealingPublicKey]? = nil, scope: SealedLogScope = Samples.logScope(),
    from start: UInt64 = 0
  ) throws -> Log {
    let sealer = try LogSealer(scope: scope, readers: readers ?? [key.publicKey], offset: start)
    var log = Log(end: start)
    log.append(sealer.opening(at: 1))
    #expect(log.end == sealer.start)
    for (index, line) in lines.enumerated() {
      log.append(
        try sealer.seal(
          line, of: index.isMultiple(of: 2) ? .stdout : .stderr, at: UInt64(100 + index),
          offset: log.end))
    }
    log.append(try sealer.end(at: 200, offset: log.end))
    return log
  }

  private func unsealer(_ keys: [SealingKey]? = nil, epoch: UInt64 = 1) -> LogUnsealer {
    LogUnsealer(scope: Samples.logScope(epoch: epoch), keys: SealingKeyring(keys ?? [key]))
  }

  @Test func aReaderSeesWhatWasWritten() throws {
    var unsealer = unsealer()
    var read: [LogEntry] = []
    for (offset, entry) in try log().entries {
      if case .entry(let opened) = try unsealer.open(entry, at: offset) { read.append(opened) }
    }
    #expect(unsealer.hasEnded)
    #expect(read.map(\.payload) == lines)
    #expect(read.map(\.timestamp) == (0..<20).map { UInt64(100 + $0) })
    #expect(read.prefix(2).map(\.stream) == [.stdout, .stderr])
  }

  @Test func everyReaderCanOpenAndNobodyElse() throws {
    let second = try SealingKey.generate()
    let log = try log(readers: [key.publicKey, second.publicKey])
    for reader in [key, second] {
      var unsealer = unsealer([reader])
      for (offset, entry) in log.entries { _ = try unsealer.open(entry, at: offset) }
      #expect(unsealer.hasEnded)
    }
    var stranger = unsealer([try SealingKey.generate()])
    let error = #expect(throws: SealingError.self) {
      try stranger.open(log.entries[0].entry, at: 0)
    }
    #expect(error?.code == .unknownKey)
    #expect(
      try LogUnsealer.readers(of: log.entries[0].entry) == [key.id, second.id])
  }

  @Test func anEntryIsOpenedWithoutTheOnesBefore() throws {
    let log = try log()
    for (offset, entry) in log.entries.dropFirst().reversed() {
      var unsealer = unsealer()
      _ = try unsealer.open(log.entries[0].entry, at: 0)
      _ = try unsealer.open(entry, at: offset)
    }
  }

  @Test func entriesCannotBeMovedLeftOutOrRepeated() throws {
    let log = try log()
    for index in log.entries.indices.dropFirst() {
      for other in log.entries.indices where other != index {
        var unsealer = unsealer()
        _ = try unsealer.open(log.entries[0].entry, at: 0)
        #expect(throws: SealingError.self) {
          try unsealer.open(log.entries[index].entry, at: log.entries[other].offset)
        }
      }
    }
  }

  @Test func aLogIsOpenedAsThatOfNoOtherAttempt() throws {
    var other = unsealer(epoch: 2)
    let first = try log().entries[0]
    let error = #expect(throws: SealingError.self) { try other.open(first.entry, at: 0) }
    #expect(error?.code == .notAuthentic)
    // Nor do entries of one attempt follow the key of another.
    let second = try log(scope: Samples.logScope(epoch: 2))
    var mixed = unsealer(epoch: 2)
    _ = try mixed.open(second.entries[0].entry, at: 0)
    let stray = try log().entries[1]
    #expect(throws: SealingError.self) { try mixed.open(stray.entry, at: stray.offset) }
  }

  @Test func aHeaderIsPartOfWhatIsSealed() throws {
    let log = try log()
    var unsealer = unsealer()
    _ = try unsealer.open(log.entries[0].entry, at: 0)
    var later = log.entries[1]
    later.entry.timestamp += 1
    #expect(throws: SealingError.self) { try unsealer.open(later.entry, at: later.offset) }
  }

  @Test func aCutLogHasNoEnd() throws {
    var unsealer = unsealer()
    for (offset, entry) in try log().entries.dropLast() {
      _ = try unsealer.open(entry, at: offset)
    }
    #expect(unsealer.hasEnded == false)
  }

  @Test func nothingFollowsTheEnd() throws {
    let log = try log()
    var unsealer = unsealer()
    for (offset, entry) in log.entries { _ = try unsealer.open(entry, at: offset) }
    let extra = LogEntry(stream: .stdout, timestamp: 1, payload: [1])
    #expect(throws: SealingError.self) { try unsealer.open(extra, at: log.end) }
    let again = try self.log(from: log.end).entries[0]
    #expect(throws: SealingError.self) { try unsealer.open(again.entry, at: again.offset) }
  }

  /// A worker that was killed and comes back ends its attempt's log under a new key.
  @Test func aLogGoesOnUnderAnotherKeyWhereItWasLeft() throws {
    let first = try log()
    let cut = first.entries.dropLast(3)
    let place = try #require(cut.last.map { $0.offset + 16 + UInt64($0.entry.payload.count) })
    let rest = try log(from: place)
    var unsealer = unsealer()
    for (offset, entry) in cut + rest.entries { _ = try unsealer.open(entry, at: offset) }
    #expect(unsealer.hasEnded)
  }

  @Test func entriesThatAreNotSealedAreRefused() throws {
    var unsealer = unsealer()
    for stream in [LogStreamID.stdout, .stderr, .system, .sealed] {
      #expect(throws: SealingError.self) {
        try unsealer.open(LogEntry(stream: stream, timestamp: 1, payload: [1, 2]), at: 0)
      }
    }
  }

  @Test func changedAndCutBytesAreRefused() throws {
    let log = try log()
    for place in [0, 1] {
      let (offset, entry) = log.entries[place]
      for index in entry.payload.indices {
        var changed = entry
        changed.payload[index] ^= 0x20
        var cut = entry
        cut.payload = Array(entry.payload[..<index])
        for hostile in [changed, cut] {
          var unsealer = unsealer()
          if place == 1 { _ = try unsealer.open(log.entries[0].entry, at: 0) }
          #expect(throws: SealingError.self) { try unsealer.open(hostile, at: offset) }
        }
      }
    }
  }

  @Test func anEntryHoldsItsGreatestLengthAndNoMore() throws {
    let sealer = try LogSealer(scope: Samples.logScope(), readers: [key.publicKey])
    let longest = [UInt8](repeating: 7, count: LogSealer.maximumPayload)
    let entry = try sealer.seal(longest, of: .stdout, at: 1, offset: sealer.start)
    #expect(entry.payload.count == LogEntry.maximumPayload)
    #expect(throws: SealingError.self) {
      try sealer.seal(longest + [7], of: .stdout, at: 1, offset: sealer.start)
    }
  }

  @Test func aLogHasOneToSixteenReaders() throws {
    for readers in [[], [SealingPublicKey](repeating: key.publicKey, count: 17)] {
      #expect(throws: SealingError.self) {
        try LogSealer(scope: Samples.logScope(), readers: readers)
      }
    }
  }
}
