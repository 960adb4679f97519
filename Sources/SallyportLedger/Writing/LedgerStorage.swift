/// An open ledger on the disk. Every call blocks.
///
/// A record is safe in two steps: its line in the newest file, then `head`, each written through
/// to the disk. What is behind the record that `head` names was therefore never acknowledged, and
/// may be cut off after a crash.
struct LedgerStorage {
  /// Bytes that are written at once; half of what may be found unfinished after a crash.
  private static let maximumChunk = Int(LedgerScan.maximumUnfinishedBytes / 2)

  private let settings: LedgerSettings
  private let directory: LedgerDirectory
  private let lock: LedgerLock
  private let headFile: LedgerFile
  private let ledger: String
  /// Oldest first; the last is the one that is written to.
  private var names: [LedgerFileName]
  /// Nil before the first record.
  private var file: LedgerFile?
  /// Of the records that are safe in the newest file.
  private var end: Int64
  private(set) var last: LedgerAnchor
  /// As `head` has it.
  private var acknowledged: LedgerAnchor
  /// Whether bytes of a failed write may be behind ``end``.
  private var hasRemains = false

  /// - Parameter file: The newest, cut to `end`; nil where there is none.
  init(
    settings: LedgerSettings, directory: LedgerDirectory, lock: LedgerLock, headFile: LedgerFile,
    head: LedgerHead, names: [LedgerFileName], file: LedgerFile?, end: Int64, last: LedgerAnchor?
  ) {
    self.settings = settings
    self.directory = directory
    self.lock = lock
    self.headFile = headFile
    self.names = names
    self.file = file
    self.end = end
    ledger = head.ledger
    acknowledged = LedgerAnchor(sequence: head.sequence, hash: head.hash)
    self.last = last ?? acknowledged
  }

  /// Writes as many of the drafts as go into one file at once, at least one.
  ///
  /// - Returns: The records of those, in order; they are safe.
  /// - Throws: ``LedgerError``; no draft is acknowledged, and the next call begins by removing what
  ///   is left of them.
  mutating func append(
    _ drafts: some Sequence<LedgerDraft>
  ) throws(LedgerError) -> [LedgerAnchor] {
    try removeRemains()
    var bytes: [UInt8] = []
    var anchors: [LedgerAnchor] = []
    let time = LedgerTime.now()
    for draft in drafts {
      let length = draft.fields.count + LedgerLine.maximumOverhead
      if anchors.isEmpty {
        if !hasRoom(for: length) { try beginFile() }
      } else if bytes.count + length > Self.maximumChunk || !hasRoom(for: bytes.count + length) {
        break
      }
      anchors.append(try write(draft, after: anchors.last ?? last, time: time, to: &bytes))
    }
    guard let file, let newest = anchors.last else { return [] }
    hasRemains = true
    try file.write(bytes, at: end)
    try file.synchronize()
    hasRemains = false
    end += Int64(bytes.count)
    last = newest
    try writeHead()
    removeOldFiles()
    return anchors
  }

  /// A file takes a record that is larger than itself, behind the one that it begins with.
  private func hasRoom(for length: Int) -> Bool {
    guard file != nil, let name = names.last else { return false }
    return end + Int64(length) <= settings.limits.maximumFileBytes || last.sequence == name.first
  }

  private func write(
    _ draft: LedgerDraft, after previous: LedgerAnchor, time: LedgerTime, to bytes: inout [UInt8]
  ) throws(LedgerError) -> LedgerAnchor {
    guard previous.sequence < UInt64(Int64.max) else {
      throw LedgerError(.full, "the ledger has run out of numbers: move its folder away")
    }
    let sequence = previous.sequence + 1
    let line = LedgerLine.encode(
      sequence: sequence, time: time, previous: previous.hash, kind: draft.kind,
      fields: draft.fields)
    bytes += line
    bytes.append(UInt8(ascii: "\n"))
    return LedgerAnchor(sequence: sequence, hash: LedgerHash(of: line))
  }

  /// Begins the next file with the record that says which ledger it continues.
  private mutating func beginFile() throws(LedgerError) {
    let opening = try LedgerDraft(
      LedgerOpening(
        ledger: ledger, program: settings.program, programVersion: settings.version))
    var bytes: [UInt8] = []
    let anchor = try write(
      LedgerDraft(kind: last.sequence == 0 ? .opened : .continued, fields: opening.fields),
      after: last, time: .now(), to: &bytes)
    let name = LedgerFileName(first: anchor.sequence)
    // Left by a call that failed here: no record in it was ever acknowledged.
    directory.remove(name)
    let new = try directory.create(name)
    do {
      try new.write(bytes, at: 0)
      try new.synchronize()
      try directory.synchronize()
    } catch {
      directory.remove(name)
      throw error
    }
    file = new
    names.append(name)
    end = Int64(bytes.count)
    last = anchor
  }

  private mutating func removeRemains() throws(LedgerError) {
    if hasRemains, let file {
      try file.truncate(to: end)
      try file.synchronize()
      hasRemains = false
    }
    if acknowledged != last { try writeHead() }
  }

  private mutating func writeHead() throws(LedgerError) {
    let head = LedgerHead(ledger: ledger, sequence: last.sequence, hash: last.hash)
    try headFile.write(head.bytes, at: 0)
    try headFile.synchronize()
    acknowledged = last
  }

  /// One that cannot be removed is tried again with the next record.
  private mutating func removeOldFiles() {
    while names.count > max(settings.limits.maximumFiles, 1), let oldest = names.first,
      directory.remove(oldest)
    {
      names.removeFirst()
    }
  }
}
