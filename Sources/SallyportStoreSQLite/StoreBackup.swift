import GRDB
import Glibc
import SallyportCore
package import SallyportStore

/// A copy of a store as it was at one moment, made while gateways write to it.
package enum StoreBackup {
  /// Copies, verifies the copy, and gives it its name when it is durable: what is at `target` is a
  /// whole backup or not there. Mode 0600. Blocks.
  ///
  /// - Returns: The size of the backup in bytes.
  /// - Throws: ``StoreError/Code/missing`` without a store, ``StoreError/Code/alreadyExists`` where
  ///   `target` is taken, ``StoreError/Code/corrupted`` where the copy does not verify,
  ///   ``StoreError/Code/unavailable``.
  package static func write(from source: String, to target: String) throws(StoreError) -> Int64 {
    guard access(target, F_OK) != 0 else { throw taken(target) }
    let temporary = "\(target).\(JobID.random().rawValue.prefix(16)).tmp"
    let file = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("cannot create \(temporary)", errno) }
    defer {
      close(file)
      for suffix in ["", "-wal", "-shm", "-journal"] { unlink(temporary + suffix) }
    }
    do {
      let store = try ReadOnlyDatabase.open(source)
      // One read transaction: a snapshot, and writers go on. The file that is there is empty.
      try store.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [temporary]) }
      try store.close()
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(
        code: .unavailable, message: "cannot copy \(source) to \(temporary)", cause: error)
    }
    try verify(temporary)
    guard fsync(file) == 0 else { throw failure("cannot write \(temporary) to the disk", errno) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("cannot examine \(temporary)", errno) }
    // link(2), unlike rename(2), fails where the name is taken.
    guard link(temporary, target) == 0 else {
      let code = errno
      throw code == EEXIST ? taken(target) : failure("cannot create \(target)", code)
    }
    try syncFolder(of: target)
    return Int64(status.st_size)
  }

  private static func verify(_ path: String) throws(StoreError) {
    let findings = StoreDoctor.examine(path)
    guard let problem = findings.first(where: { $0.status == .failed }) else { return }
    throw StoreError(
      code: .corrupted,
      message: "the copy is damaged (\(problem.check): \(problem.detail)) and was removed; run "
        + "'sallyport-gateway doctor'")
  }

  private static func syncFolder(of path: String) throws(StoreError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open \(folder)", errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("cannot write \(folder)", errno) }
  }

  private static func taken(_ path: String) -> StoreError {
    StoreError(
      code: .alreadyExists, message: "\(path) exists already; nothing is written over")
  }

  private static func failure(_ what: String, _ code: Int32) -> StoreError {
    StoreError(code: .unavailable, message: "\(what): \(String(cString: strerror(code)))")
  }
}
