import Glibc

/// A system call that failed.
package struct SystemError: Error, Hashable, CustomStringConvertible {
  /// What was attempted, and on what: "write /var/lib/sallyport/journal".
  package let operation: String
  /// `errno` of the call.
  package let number: Int32

  package init(_ operation: String, number: Int32) {
    self.operation = operation
    self.number = number
  }

  /// The disk is full, or this user's share of it.
  var isDiskFull: Bool { number == ENOSPC || number == EDQUOT }

  /// Reads `errno`: use in the function that made the call, before anything else runs.
  static func last(_ operation: String) -> SystemError { SystemError(operation, number: errno) }

  package var description: String { "cannot \(operation): \(Self.text(of: number))" }

  /// The system's words for an `errno`, for example "No such file or directory".
  static func text(of number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
