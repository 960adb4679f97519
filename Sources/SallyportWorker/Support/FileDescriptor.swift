import CSallyportProcess
import Glibc

/// Owns one file descriptor and closes it.
final class FileDescriptor: Sendable {
  let number: Int32

  init(owning number: Int32) { self.number = number }

  deinit { close(number) }

  /// Opens with `O_CLOEXEC`.
  static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0o600
  ) throws(SystemError) -> FileDescriptor {
    let number = Glibc.open(path, flags | O_CLOEXEC, mode)
    guard number >= 0 else { throw .last("open \(path)") }
    return FileDescriptor(owning: number)
  }

  func writeAll(_ bytes: some Collection<UInt8>, _ operation: @autoclosure () -> String)
    throws(SystemError)
  {
    let contiguous = ContiguousArray(bytes)
    var written = 0
    while written < contiguous.count {
      let count = contiguous.withUnsafeBytes { buffer in
        write(number, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last(operation())
      }
      written += count
    }
  }

  /// Up to `maximum` bytes; empty at the end of the file.
  func read(upTo maximum: Int, _ operation: @autoclosure () -> String)
    throws(SystemError) -> [UInt8]
  {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: maximum) { buffer, count in
      var result: Int
      repeat {
        result = Glibc.read(number, buffer.baseAddress, maximum)
      } while result < 0
        && errno == EINTR
      if result < 0 { failure = errno }
      count = max(result, 0)
    }
    guard failure == 0 else { throw SystemError(operation(), number: failure) }
    return bytes
  }

  /// Bytes from `offset`, fewer only at the end of the file.
  func read(
    at offset: Int64, count wanted: Int, _ operation: @autoclosure () -> String
  ) throws(SystemError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      count = 0
      while count < wanted {
        let result = pread(
          number, buffer.baseAddress?.advanced(by: count), wanted - count, off_t(offset) + count)
        if result < 0 {
          if errno == EINTR { continue }
          failure = errno
          return
        }
        if result == 0 { return }
        count += result
      }
    }
    guard failure == 0 else { throw SystemError(operation(), number: failure) }
    return bytes
  }

  func synchronize(_ operation: @autoclosure () -> String) throws(SystemError) {
    guard fsync(number) == 0 else { throw .last(operation()) }
  }

  /// Makes sure that the disk has room for bytes that are still to be written. Does nothing where
  /// the file system cannot.
  func reserve(
    _ count: Int64, at offset: Int64, _ operation: @autoclosure () -> String
  ) throws(SystemError) {
    guard count > 0 else { return }
    let failure = sallyport_file_reserve(number, offset, count)
    guard failure == 0 || failure == EOPNOTSUPP || failure == ENOSYS else {
      throw SystemError(operation(), number: failure)
    }
  }

  func truncate(to length: Int64, _ operation: @autoclosure () -> String) throws(SystemError) {
    guard ftruncate(number, off_t(length)) == 0 else { throw .last(operation()) }
  }

  /// Moves the file's position to its end.
  func length(_ operation: @autoclosure () -> String) throws(SystemError) -> Int64 {
    let end = lseek(number, 0, SEEK_END)
    guard end >= 0 else { throw .last(operation()) }
    return Int64(end)
  }
}
