package import SallyportCore

/// Bytes of an attempt's log at an offset; the range is half open.
package struct LogAppend: Hashable, Sendable {
  package var attempt: AttemptID
  package var offset: UInt64
  package var bytes: [UInt8]
  /// Bytes that an attempt's log holds at most.
  package var maximumLength: UInt64

  package init(attempt: AttemptID, offset: UInt64, bytes: [UInt8], maximumLength: UInt64) {
    self.attempt = attempt
    self.offset = offset
    self.bytes = bytes
    self.maximumLength = maximumLength
  }
}
