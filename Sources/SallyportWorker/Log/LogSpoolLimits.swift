/// The bounds of one attempt's log.
package struct LogSpoolLimits: Hashable, Sendable {
  /// Bytes that may wait for the gateway's acknowledgement before the job's output is no longer
  /// read.
  package var maximumUnacknowledged: UInt64 = 64 << 20
  /// Bytes of the whole log; a job that writes more is killed and fails.
  package var maximumLength: UInt64 = 4 << 30

  package init() {}
}

/// Length and SHA-256 of a whole log.
package struct LogDigest: Hashable, Sendable {
  package let length: UInt64
  package let sha256: [UInt8]

  package init(length: UInt64, sha256: [UInt8]) {
    self.length = length
    self.sha256 = sha256
  }
}

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
