import Glibc
import Synchronization

/// Writes log lines to standard error, whole and at once.
///
/// Written from the calling thread and not through a queue: the last line before a crash is the one
/// that matters. Standard error that is a pipe nobody reads therefore holds the process up, as it
/// does for every program that logs there.
package final class StandardErrorSink: LogSink {
  package static let shared = StandardErrorSink()

  private let lock = Mutex(())

  private init() {}

  package func write(_ line: [UInt8]) {
    lock.withLock { _ in
      line.withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
          let piece = UnsafeRawBufferPointer(rebasing: rest)
          let count = Glibc.write(STDERR_FILENO, piece.baseAddress, piece.count)
          if count > 0 {
            rest = rest.dropFirst(count)
          } else if errno != EINTR {
            // Closed, or full and non-blocking: there is nowhere to report it.
            return
          }
        }
      }
    }
  }
}
