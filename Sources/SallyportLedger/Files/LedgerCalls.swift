internal import Glibc

/// The two system calls on which the promises to callers rest, replaceable so that tests can have
/// them fail.
struct LedgerCalls: Sendable {
  /// `pwrite`: bytes written, or a negative `errno`.
  var write: @Sendable (Int32, UnsafeRawBufferPointer, Int64) -> Int = { file, bytes, offset in
    let count = pwrite(file, bytes.baseAddress, bytes.count, off_t(offset))
    return count < 0 ? -Int(errno) : count
  }

  /// `fdatasync`: zero or `errno`.
  var synchronize: @Sendable (Int32) -> Int32 = { fdatasync($0) == 0 ? 0 : errno }

  init() {}
}
