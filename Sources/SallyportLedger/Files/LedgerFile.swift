internal import Glibc

/// One open file. Every call blocks.
final class LedgerFile: Sendable {
  let path: String
  private let number: Int32
  private let calls: LedgerCalls

  /// Opens a regular file, whatever else has its name.
  ///
  /// - Parameter isPrivate: Refuses a file that its group or others may access.
  /// - Returns: Nil where there is no such file.
  init?(
    _ path: String, _ flags: Int32, isPrivate: Bool = false, calls: LedgerCalls = LedgerCalls()
  ) throws(LedgerError) {
    let number = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard number >= 0 else {
      let code = errno
      if code == ENOENT { return nil }
      throw .system("open \(path)", code)
    }
    self.path = path
    self.number = number
    self.calls = calls
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .system("examine \(path)", errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw LedgerError(.unsafe, "\(path) is not a regular file: remove it")
    }
    if isPrivate, status.st_mode & 0o077 != 0 {
      throw LedgerError(
        .unsafe, "\(path) can be accessed by other users; run: chmod 600 \(path)")
    }
  }

  deinit { close(number) }

  func size() throws(LedgerError) -> Int64 {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .system("examine \(path)", errno) }
    return Int64(status.st_size)
  }

  func write(_ bytes: [UInt8], at offset: Int64) throws(LedgerError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        calls.write(
          number, UnsafeRawBufferPointer(rebasing: buffer[written...]), offset + Int64(written))
      }
      if count == -Int(EINTR) { continue }
      guard count > 0 else {
        throw .system("write \(path)", count == 0 ? EIO : Int32(clamping: -count))
      }
      written += count
    }
  }

  func synchronize() throws(LedgerError) {
    let failure = calls.synchronize(number)
    guard failure == 0 else { throw .system("write \(path) to the disk", failure) }
  }

  func truncate(to size: Int64) throws(LedgerError) {
    guard ftruncate(number, off_t(size)) == 0 else { throw .system("shorten \(path)", errno) }
  }

  /// Up to `maximum` bytes from `offset`; fewer only at the end of the file.
  func read(at offset: Int64, upTo maximum: Int) throws(LedgerError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: maximum) { buffer, count in
      count = 0
      while count < maximum {
        let result = pread(
          number, buffer.baseAddress?.advanced(by: count), maximum - count,
          off_t(offset) + off_t(count))
        if result < 0, errno == EINTR { continue }
        if result < 0 { failure = errno }
        if result <= 0 { return }
        count += result
      }
    }
    guard failure == 0 else { throw .system("read \(path)", failure) }
    return bytes
  }

  /// Takes the file's lock, which goes away with the process, however it ends.
  ///
  /// - Returns: Whether nobody else has it.
  func lock() throws(LedgerError) -> Bool {
    guard flock(number, LOCK_EX | LOCK_NB) != 0 else { return true }
    let code = errno
    guard code == EWOULDBLOCK else { throw .system("lock \(path)", code) }
    return false
  }

  /// Closing alone would leave the lock with a child that has been forked and not yet executed.
  func unlock() { flock(number, LOCK_UN) }
}
