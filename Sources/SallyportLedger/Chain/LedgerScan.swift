/// Reads a ledger from its first line to its last, in bounded memory, and checks it.
///
/// Blocks; and only reads, so that it can run while a process writes.
struct LedgerScan {
  /// The most that one append, or many that were made together, leaves unfinished.
  static let maximumUnfinishedBytes: Int64 = 256 << 10

  /// Where what can be kept ends.
  struct End {
    /// The last file that has a record; nil where there is none.
    var file: LedgerFileName?
    var offset: Int64 = 0
  }

  let verification: LedgerVerification
  let end: End
  let head: LedgerHead?
  let files: [LedgerFileName]

  /// - Throws: ``LedgerError`` where a file cannot be read; damage is a result and no error.
  init(
    _ directory: LedgerDirectory, expecting expected: LedgerAnchor? = nil
  ) throws(LedgerError) {
    // `head` first: what is appended meanwhile then comes after it.
    let head = try directory.readHead()
    let files = try directory.files()
    self.files = files
    var walk = LedgerWalk(
      chain: LedgerChain(head: head.value, expected: expected), directory: directory)
    switch head {
    case .value: try walk.run(files)
    case .malformed: walk.damage = LedgerDamage(.headMalformed, file: LedgerDirectory.headName)
    case .missing:
      guard !files.isEmpty else {
        throw LedgerError(
          .notFound, "\(directory.path) holds no ledger: name the folder that the process writes to"
        )
      }
      try walk.run(files)
      if walk.damage == nil { walk.damage = LedgerDamage(.headMissing) }
    }
    walk.finish()
    self.head = head.value
    end = walk.end
    verification = LedgerVerification(
      ledger: walk.chain.ledger, count: walk.chain.count, first: walk.chain.first,
      last: walk.chain.last, unfinishedBytes: walk.unfinishedBytes, damage: walk.damage)
  }
}
