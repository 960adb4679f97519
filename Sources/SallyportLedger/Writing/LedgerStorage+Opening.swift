extension LedgerStorage {
  /// Opens a ledger or begins one, cuts off what a crash left unfinished, and records both that and
  /// the start of this process.
  ///
  /// - Throws: ``LedgerError/Code/inUse``, ``LedgerError/Code/damaged``, ``LedgerError/Code/unsafe``,
  ///   ``LedgerError/Code/full`` or ``LedgerError/Code/system``.
  static func open(
    _ settings: LedgerSettings, calls: LedgerCalls = LedgerCalls()
  ) throws(LedgerError) -> (LedgerStorage, LedgerOpened) {
    let directory = LedgerDirectory(settings.directory, calls: calls)
    try directory.prepare()
    let lock = try LedgerLock(directory)
    if case .missing = try directory.readHead(), try directory.files().isEmpty {
      // Before any record: a ledger without `head` has thus lost it.
      try directory.createHead(.new())
    }
    let scan = try LedgerScan(directory)
    let found = scan.verification
    if let damage = found.damage { throw .damaged(damage, in: directory.path) }
    guard let head = scan.head, let headFile = try directory.openHead() else {
      throw .damaged(LedgerDamage(.headMissing), in: directory.path)
    }
    let (names, file) = try cut(directory, scan: scan)
    var storage = LedgerStorage(
      settings: settings, directory: directory, lock: lock, headFile: headFile, head: head,
      names: names, file: file, end: scan.end.offset, last: found.last)
    var drafts: [LedgerDraft] = []
    if found.unfinishedBytes > 0 {
      drafts.append(
        try LedgerDraft(LedgerRecovery(droppedBytes: UInt64(clamping: found.unfinishedBytes))))
    }
    drafts.append(
      try LedgerDraft(
        LedgerStart(
          program: settings.program, version: settings.version, commit: settings.commit)))
    var rest = drafts[...]
    while !rest.isEmpty { rest = rest.dropFirst(max(try storage.append(rest).count, 1)) }
    return (
      storage,
      LedgerOpened(
        isNew: found.count == 0, ledger: head.ledger, droppedBytes: found.unfinishedBytes,
        last: found.last)
    )
  }

  /// Removes what is behind the last record.
  private static func cut(
    _ directory: LedgerDirectory, scan: LedgerScan
  ) throws(LedgerError) -> ([LedgerFileName], LedgerFile?) {
    var names = scan.files
    while let newest = names.last, newest != scan.end.file {
      directory.remove(newest)
      names.removeLast()
    }
    if names.count < scan.files.count { try directory.synchronize() }
    guard let newest = names.last, let file = try directory.open(newest) else { return ([], nil) }
    if try file.size() > scan.end.offset { try file.truncate(to: scan.end.offset) }
    // Records that were never acknowledged may not be on the disk yet.
    try file.synchronize()
    return (names, file)
  }
}
