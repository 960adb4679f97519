internal import Glibc

/// Lines of a file, one after the other, in bounded memory. Blocks.
struct LedgerLineReader {
  enum Step {
    /// Without its line feed; at most ``LedgerLine/maximumLength`` bytes.
    case line([UInt8])
    /// The line that begins here is longer; nothing behind it can be read.
    case tooLong
    /// The file ends without a line feed.
    case unfinished
    case end
  }

  private static let chunk = 64 << 10

  private let file: LedgerFile
  private var buffer: [UInt8] = []
  private var start = 0
  /// Of the line that comes next.
  private(set) var offset: Int64 = 0

  init(_ file: LedgerFile) { self.file = file }

  mutating func next() throws(LedgerError) -> Step {
    while true {
      if let length = lengthOfLine() {
        guard length <= LedgerLine.maximumLength else { return .tooLong }
        let line = Array(buffer[start..<start + length])
        start += length + 1
        offset += Int64(length) + 1
        return .line(line)
      }
      guard buffer.count - start <= LedgerLine.maximumLength else { return .tooLong }
      buffer.removeFirst(start)
      start = 0
      let more = try file.read(at: offset + Int64(buffer.count), upTo: Self.chunk)
      guard !more.isEmpty else { return buffer.isEmpty ? .end : .unfinished }
      buffer.append(contentsOf: more)
    }
  }

  /// Nil where the buffer holds no whole line.
  private func lengthOfLine() -> Int? {
    buffer.withUnsafeBytes { bytes in
      let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
      guard let base = rest.baseAddress,
        let found = memchr(base, Int32(UInt8(ascii: "\n")), rest.count)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }
}
