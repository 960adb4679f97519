/// An offset that names no place in a log.
package enum LogSpoolError: Error, Hashable, CustomStringConvertible {
  case outOfRange(offset: UInt64, length: UInt64)
  case notAnEntry(offset: UInt64)

  package var description: String {
    switch self {
    case .outOfRange(let offset, let length):
      "offset \(offset) is beyond the log's \(length) bytes"
    case .notAnEntry(let offset): "no log entry begins at offset \(offset)"
    }
  }
}
