import SallyportCore

/// Checks that bytes are a whole number of encoded log entries, without copying them: readers
/// decode what workers wrote, and one worker's defect must not break a reader.
enum LogChunkFormat {
  static func isWhole(_ bytes: [UInt8]) -> Bool {
    var index = 0
    while index < bytes.count {
      guard bytes.count - index >= LogEntry.headerLength,
        LogStreamID(rawValue: bytes[index]) != nil,
        bytes[index + 1] == 0, bytes[index + 2] == 0, bytes[index + 3] == 0
      else { return false }
      let length = (0..<4).reduce(0) { $0 | Int(bytes[index + 4 + $1]) << (8 * $1) }
      guard length <= LogEntry.maximumPayload else { return false }
      index += LogEntry.headerLength + length
    }
    return index == bytes.count
  }
}
