import GRDB
import SallyportStore

/// What keeps the database from being written for everybody, as opposed to what is wrong with one
/// transaction. It may end by itself, or when somebody mends it.
struct StoreFault: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case diskFull, locked, readOnly, failing, damaged }

  let kind: Kind

  init(_ kind: Kind) { self.kind = kind }

  /// Nil for any other error.
  init?(_ error: any Error) {
    guard let error = error as? DatabaseError else { return nil }
    switch error.resultCode {
    case .SQLITE_FULL: kind = .diskFull
    // The shared memory of the WAL grows on the same disk.
    case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: kind = .diskFull
    case .SQLITE_BUSY, .SQLITE_LOCKED: kind = .locked
    case .SQLITE_READONLY, .SQLITE_PERM: kind = .readOnly
    case .SQLITE_IOERR, .SQLITE_CANTOPEN: kind = .failing
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: kind = .damaged
    default: return nil
    }
  }

  /// One line that says what is wrong and what to do about it; names no file, because callers of
  /// every kind get it.
  var reason: String {
    switch kind {
    case .diskFull: "the store's disk is full; make room, and the gateway goes on by itself"
    case .locked:
      "the store is locked by another process; the gateway goes on by itself once it lets go"
    case .readOnly: "the store is read-only; make its file and folder writable"
    case .failing: "the store's disk does not work: reading or writing failed; look at the disk"
    case .damaged:
      "the store is damaged; stop the gateway, run 'sallyport-gateway doctor', restore a backup"
    }
  }
}
