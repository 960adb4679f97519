/// Keeps a ledger to one process, for as long as the value lives.
final class LedgerLock: Sendable {
  private let file: LedgerFile

  init(_ directory: LedgerDirectory) throws(LedgerError) {
    file = try directory.openLock()
    guard try file.lock() else {
      throw LedgerError(
        .inUse,
        "another process writes to the ledger in \(directory.path): stop it first, or give "
          + "each a folder of its own")
    }
  }

  deinit { file.unlock() }
}
