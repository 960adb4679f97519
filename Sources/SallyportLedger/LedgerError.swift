internal import Glibc

/// A ledger that cannot be opened, written to or read.
package struct LedgerError: Error, Hashable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// Another process has it open for writing.
    case inUse
    /// It is not what was written; nothing is appended to it.
    case damaged
    /// Others can write to it, or something in it is no file.
    case unsafe
    /// There is no ledger.
    case notFound
    /// The disk, or the user's share of it, is full.
    case full
    /// A system call failed.
    case system
    /// More records are waiting to be written than may.
    case overloaded
    /// An entry makes no line of a ledger: a defect of its type.
    case invalid
    /// The process is ending.
    case closed
  }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// - Parameter number: `errno` of the call: read before anything else runs.
  static func system(_ operation: String, _ number: Int32) -> LedgerError {
    let isFull = number == ENOSPC || number == EDQUOT || number == EFBIG
    return LedgerError(
      isFull ? .full : .system,
      "cannot \(operation): \(text(of: number))" + (isFull ? "; make room on that disk" : ""))
  }

  static func damaged(_ damage: LedgerDamage, in directory: String) -> LedgerError {
    LedgerError(
      .damaged,
      "the ledger in \(directory) is damaged (\(damage)), so nothing is recorded and nothing is "
        + "done that would have to be: move the folder away as it is (mv \(directory) "
        + "\(directory).damaged), find out why, and start again with a new ledger")
  }

  private static func text(of number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
