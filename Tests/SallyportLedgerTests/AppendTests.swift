import FoundationEssentials
import Glibc
import SallyportCore
import Synchronization
import Testing

@testable import SallyportLedger

@Suite struct AppendTests {
  @Test func aLedgerBeginsAndEndsWithItsProcess() async throws {
    let folder = try TemporaryLedger()
    try await Ledger.withLedger(folder.settings()) { ledger in
      #expect(ledger.opened.isNew)
      let anchor = try await ledger.append(Sample.job())
      #expect(anchor.sequence == 3)
    }
    let records = try folder.records()
    #expect(records.map(\.kind) == ["opened", "started", "job", "stopped"])
    #expect(records.map(\.sequence) == [1, 2, 3, 4])
    #expect(records[0]["program"] == .text("test"))
    #expect(records[0].previous == .none)
    #expect(records[3]["outcome"] == .text("ended"))
    let verification = try folder.reader.verify()
    #expect(verification.isIntact)
    #expect(verification.last?.sequence == 4)

    struct Failed: Error {}
    await #expect(throws: Failed.self) {
      try await Ledger.withLedger(folder.settings()) { ledger in
        #expect(ledger.opened.isNew == false)
        #expect(ledger.opened.last == verification.last)
        throw Failed()
      }
    }
    #expect(try folder.records().suffix(2).map(\.kind) == ["started", "stopped"])
    #expect(try folder.records().last?["outcome"] == .text("failed"))
  }

  @Test func everyKindIsRecordedAsItIs() async throws {
    let folder = try TemporaryLedger()
    let entries = Sample.all(
      text: Sample.hostile, list: [Sample.hostile, "b"], peer: try Sample.peer())
    try await Ledger.withLedger(folder.settings()) { ledger in
      for entry in entries where type(of: entry).kind != .opened { try await ledger.append(entry) }
    }
    let records = try folder.records()
    #expect(
      Set(records.map(\.kind)).union(["continued", "omitted", "resumed"])
        == Set(LedgerKind.allCases.map(\.rawValue)))
    let request = try #require(records.first { $0.kind == "request" })
    #expect(request["repository"] == .text(Sample.hostile))
    #expect(request["refs"] == .list([Sample.hostile, "b"]))
    #expect(try await Python.verify(folder.path).problem == nil)
  }

  @Test func aHundredWritersLeaveNoGap() async throws {
    let folder = try TemporaryLedger()
    let syncs = Mutex(0)
    var calls = LedgerCalls()
    let synchronize = calls.synchronize
    calls.synchronize = { file in
      syncs.withLock { $0 += 1 }
      return synchronize(file)
    }
    let sequences = try await Ledger.withLedger(folder.settings(), calls: calls) { ledger in
      try await withThrowingTaskGroup(of: [UInt64].self) { group in
        for writer in 0..<100 {
          group.addTask {
            var sequences: [UInt64] = []
            for _ in 0..<20 {
              sequences.append(try await ledger.append(Sample.job(writer)).sequence)
            }
            return sequences
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
    }
    #expect(sequences.sorted() == Array(3..<2_003))
    let verification = try folder.reader.verify()
    #expect(verification.isIntact && verification.count == 2_003)
    #expect(try await Python.verify(folder.path) == Python.Verdict(verification))
    // Two for each record, where none shares them.
    #expect(syncs.withLock { $0 } < 2_000)
  }

  @Test func whatIsAcknowledgedIsOnTheDiskAndInTheHead() async throws {
    let folder = try TemporaryLedger()
    let dirty = Mutex<Set<Int32>>([])
    var calls = LedgerCalls()
    let (write, synchronize) = (calls.write, calls.synchronize)
    calls.write = { file, bytes, offset in
      dirty.withLock { _ = $0.insert(file) }
      return write(file, bytes, offset)
    }
    calls.synchronize = { file in
      dirty.withLock { _ = $0.remove(file) }
      return synchronize(file)
    }
    try await Ledger.withLedger(folder.settings(), calls: calls) { ledger in
      for number in 0..<20 {
        let anchor = try await ledger.append(Sample.job(number))
        #expect(dirty.withLock { $0.isEmpty })
        let head = try #require(LedgerHead(try folder.read("head")))
        #expect(head.sequence == anchor.sequence && head.hash == anchor.hash)
      }
    }
  }

  @Test func aFullDiskRefusesAndLosesNothing() async throws {
    let folder = try TemporaryLedger()
    let room = Mutex(Int.max)
    var calls = LedgerCalls()
    let write = calls.write
    calls.write = { file, bytes, offset in
      let allowed = room.withLock { room in
        defer { room -= min(room, bytes.count) }
        return min(room, bytes.count)
      }
      guard allowed > 0 else { return -Int(ENOSPC) }
      return write(file, UnsafeRawBufferPointer(rebasing: bytes[..<allowed]), offset)
    }
    try await Ledger.withLedger(folder.settings(), calls: calls) { ledger in
      try await ledger.append(Sample.job(1))
      for left in [0, 1, 100] {
        room.withLock { $0 = left }
        let error = await #expect(throws: LedgerError.self) {
          try await ledger.append(Sample.job(2))
        }
        #expect(error?.code == .full)
        #expect(try folder.reader.verify().isIntact)
      }
      room.withLock { $0 = .max }
      // After the record that says that some are missing.
      #expect(try await ledger.append(Sample.job(3)).sequence == 5)
    }
    #expect(
      try folder.records().compactMap { $0["submitter"] } == [.text("alice 1"), .text("alice 3")])
    #expect(try folder.reader.verify().isIntact)
  }

  @Test(arguments: 1...6)
  func aFailedSyncAcknowledgesNothing(failing: Int) async throws {
    let folder = try TemporaryLedger()
    let left = Mutex<Int?>(nil)
    var calls = LedgerCalls()
    let synchronize = calls.synchronize
    calls.synchronize = { file in
      let fails = left.withLock { left in
        guard let now = left else { return false }
        left = now - 1
        return now == 1
      }
      return fails ? EIO : synchronize(file)
    }
    let acknowledged = try await Ledger.withLedger(folder.settings(), calls: calls) { ledger in
      left.withLock { $0 = failing }
      var acknowledged: [LedgerAnchor] = []
      for number in 0..<6 {
        do throws(LedgerError) {
          acknowledged.append(try await ledger.append(Sample.job(number)))
        } catch {
          #expect(error.code == .system)
        }
      }
      return acknowledged
    }
    #expect(acknowledged.count == 5)
    let verification = try folder.reader.verify()
    #expect(verification.isIntact)
    for anchor in acknowledged {
      #expect(try folder.reader.verify(expecting: anchor).isIntact)
    }
  }

  @Test func onlyOneProcessWrites() async throws {
    let folder = try TemporaryLedger()
    try await Ledger.withLedger(folder.settings()) { _ in
      let error = await #expect(throws: LedgerError.self) {
        try await Ledger.withLedger(folder.settings()) { _ in }
      }
      #expect(error?.code == .inUse)
      #expect(error?.description.contains(folder.path) == true)
    }
    try await Ledger.withLedger(folder.settings()) { _ in }
  }

  @Test func nothingIsRecordedAfterTheEnd() async throws {
    let folder = try TemporaryLedger()
    let ledger = try await Ledger.withLedger(folder.settings()) { $0 }
    let error = await #expect(throws: LedgerError.self) { try await ledger.append(Sample.job()) }
    #expect(error?.code == .closed)
  }

  @Test func moreThanMayWaitAreRefused() throws {
    let queue = LedgerQueue(capacity: 2)
    for _ in 0..<2 { try queue.add(LedgerTicket(LedgerDraft(Sample.job()))) }
    let error = #expect(throws: LedgerError.self) {
      try queue.add(LedgerTicket(LedgerDraft(Sample.job())))
    }
    #expect(error?.code == .overloaded)
    #expect(queue.take().count == 2)
    try queue.add(LedgerTicket(LedgerDraft(Sample.job())))
    queue.close()
    #expect(throws: LedgerError.self) { try queue.add(LedgerTicket(LedgerDraft(Sample.job()))) }
  }

  @Test func anEntryThatMakesNoLineIsRefused() async throws {
    struct Huge: LedgerEntry {
      static let kind = LedgerKind.job
      func write(to fields: inout LedgerFields) {
        let list = LedgerList((0..<100).map { _ in String(repeating: "x", count: 100) })
        for name in ["a", "b", "c", "d", "e"] as [StaticString] { fields.list(name, list) }
      }
    }
    struct Doubled: LedgerEntry {
      static let kind = LedgerKind.job
      func write(to fields: inout LedgerFields) {
        for _ in 0..<2 { fields.text("a", "x") }
      }
    }
    let folder = try TemporaryLedger()
    try await Ledger.withLedger(folder.settings()) { ledger in
      for entry in [Huge(), Doubled()] as [any LedgerEntry] {
        let error = await #expect(throws: LedgerError.self) { try await ledger.append(entry) }
        #expect(error?.code == .invalid)
      }
      try await ledger.append(Sample.job())
    }
    #expect(try folder.reader.verify().isIntact)
  }

  @Test func nobodyElseMayLookIn() async throws {
    let folder = try TemporaryLedger()
    try await Ledger.withLedger(folder.settings()) { _ in }
    #expect(try mode(folder.path) == 0o700)
    for name in try folder.files() + ["head", "lock"] {
      #expect(try mode("\(folder.path)/\(name)") == 0o600)
    }
    for (path, loose, strict) in [
      (folder.path, 0o750, 0o700), ("\(folder.path)/head", 0o644, 0o600),
      ("\(folder.path)/\(try folder.files()[0])", 0o660, 0o600),
    ] {
      chmod(path, mode_t(loose))
      let error = await #expect(throws: LedgerError.self) {
        try await Ledger.withLedger(folder.settings()) { _ in }
      }
      #expect(error?.code == .unsafe)
      #expect(error?.description.contains("chmod") == true)
      chmod(path, mode_t(strict))
    }
    try await Ledger.withLedger(folder.settings()) { _ in }
  }

  @Test(arguments: ["link", "pipe", "folder"])
  func onlyFilesAreOpened(what: String) async throws {
    let folder = try TemporaryLedger()
    try folder.fill(1)
    let name = try folder.files()[0]
    let bytes = try folder.read(name)
    try folder.remove(name)
    let path = "\(folder.path)/\(name)"
    switch what {
    case "link":
      try folder.write("elsewhere", bytes)
      #expect(symlink("\(folder.path)/elsewhere", path) == 0)
    case "pipe": #expect(mkfifo(path, 0o600) == 0)
    default: #expect(mkdir(path, 0o700) == 0)
    }
    await #expect(throws: LedgerError.self) {
      try await Ledger.withLedger(folder.settings()) { _ in }
    }
    #expect(throws: LedgerError.self) { try folder.reader.verify() }
  }

  @Test func aFolderThatIsNoneIsRefused() async throws {
    let folder = try TemporaryLedger()
    try Data("x".utf8).write(to: URL(filePath: folder.path))
    let error = await #expect(throws: LedgerError.self) {
      try await Ledger.withLedger(folder.settings()) { _ in }
    }
    #expect(error?.code == .unsafe)
    #expect(throws: LedgerError.self) {
      try LedgerReader(directory: folder.parent + "/nothing").verify()
    }
    #expect(throws: LedgerError.self) { try LedgerReader(directory: folder.parent).verify() }
  }

  private func mode(_ path: String) throws -> mode_t {
    var status = stat()
    try #require(lstat(path, &status) == 0)
    return status.st_mode & 0o777
  }
}
