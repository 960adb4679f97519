/// Which of an attempt's streams a log entry comes from.
package enum LogStreamID: UInt8, Sendable, Hashable {
  case stdout = 1
  case stderr = 2
  /// The worker's own words: checkout progress, timeouts, cancellation.
  case system = 3
  /// The key of a sealed log, sealed to its readers.
  case sealKey = 4
  /// An entry that only the readers of a sealed log can open.
  case sealed = 5

  /// Whether only who holds a key knows what was written.
  package var isSealing: Bool { self == .sealKey || self == .sealed }
}

/// One run of bytes that an attempt wrote to one stream, in the order in which the worker read it.
///
/// An attempt's log file is the concatenation of encoded entries. An encoded entry is a 16-byte
/// header and the payload; integers are little-endian:
///
/// ```
/// 0  u8   stream (1 stdout, 2 stderr, 3 system; 4 and 5 in a sealed log)
/// 1  u8   0, u16 0: reserved
/// 4  u32  payload length in bytes, at most 65,536
/// 8  u64  microseconds since 1970-01-01T00:00:00Z, by the worker's clock
/// ```
package struct LogEntry: Sendable, Hashable {
  package static let headerLength = 16
  package static let maximumPayload = 65_536

  package var stream: LogStreamID
  /// Microseconds since 1970-01-01T00:00:00Z.
  package var timestamp: UInt64
  package var payload: [UInt8]

  package init(stream: LogStreamID, timestamp: UInt64, payload: [UInt8]) {
    self.stream = stream
    self.timestamp = timestamp
    self.payload = payload
  }

  /// Appends the encoded entry. The payload must not exceed ``maximumPayload``.
  package func encode(into output: inout [UInt8]) {
    precondition(payload.count <= Self.maximumPayload, "split payloads before encoding")
    output.append(contentsOf: [stream.rawValue, 0, 0, 0])
    withUnsafeBytes(of: UInt32(payload.count).littleEndian) { output.append(contentsOf: $0) }
    withUnsafeBytes(of: timestamp.littleEndian) { output.append(contentsOf: $0) }
    output.append(contentsOf: payload)
  }
}

/// Decodes entries from a log that arrives in arbitrary pieces.
package struct LogEntryDecoder: Sendable {
  private var buffer: [UInt8] = []
  private var start = 0

  package init() {}

  /// Bytes that do not form a whole entry yet; zero at the end of an intact log.
  package var pendingBytes: Int { buffer.count - start }

  package mutating func append(_ bytes: some Collection<UInt8>) {
    if start > 0 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole entry, or nil until more bytes arrive.
  package mutating func next() throws(LogFormatError) -> LogEntry? {
    guard pendingBytes >= LogEntry.headerLength else { return nil }
    guard let stream = LogStreamID(rawValue: buffer[start]) else {
      throw LogFormatError(reason: "unknown stream \(buffer[start])")
    }
    guard buffer[start + 1] == 0, buffer[start + 2] == 0, buffer[start + 3] == 0 else {
      throw LogFormatError(reason: "reserved header bytes are not zero")
    }
    let length = Int(littleEndian(at: start + 4, bytes: 4))
    guard length <= LogEntry.maximumPayload else {
      throw LogFormatError(reason: "entry of \(length) bytes, at most 65,536 are allowed")
    }
    guard pendingBytes >= LogEntry.headerLength + length else { return nil }
    let payloadStart = start + LogEntry.headerLength
    let entry = LogEntry(
      stream: stream, timestamp: littleEndian(at: start + 8, bytes: 8),
      payload: Array(buffer[payloadStart..<payloadStart + length]))
    start = payloadStart + length
    return entry
  }

  private func littleEndian(at index: Int, bytes: Int) -> UInt64 {
    (0..<bytes).reduce(0) { $0 | UInt64(buffer[index + $1]) << (8 * UInt64($1)) }
  }
}

/// A log whose bytes are not encoded entries.
package struct LogFormatError: Error, Hashable, CustomStringConvertible {
  package let reason: String
  package var description: String { "not a Sallyport log: \(reason)" }
}
