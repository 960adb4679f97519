internal import SallyportBytes

/// Bytes of a pkt-line stream that is being written.
package struct PktLineWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package var isEmpty: Bool { bytes.isEmpty }

  /// Takes the bytes written so far.
  package mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  package mutating func flush() { bytes += "0000".utf8 }
  package mutating func delimiter() { bytes += "0001".utf8 }

  /// Writes a line of text and the LF that ends it.
  ///
  /// - Returns: Whether it fits into a line; nothing is written where it does not.
  @discardableResult
  package mutating func line(_ text: String) -> Bool {
    line { $0 += text.utf8 }
  }

  /// Writes a line of what `body` appends, and the LF that ends it.
  ///
  /// - Returns: Whether it fits into a line; nothing is written where it does not.
  @discardableResult
  package mutating func line(_ body: (inout [UInt8]) -> Void) -> Bool {
    let start = open()
    body(&bytes)
    bytes.append(UInt8(ascii: "\n"))
    return close(start)
  }

  /// Writes a line of exactly these bytes.
  ///
  /// - Returns: Whether it fits into a line; nothing is written where it does not.
  @discardableResult
  package mutating func data(_ data: some Sequence<UInt8>) -> Bool {
    let start = open()
    bytes += data
    return close(start)
  }

  /// Writes the line with which a server ends a conversation (gitprotocol-pack(5), `ERR`). Cut
  /// where it is longer than a line; control characters become spaces.
  package mutating func error(_ message: String) {
    let text = message.utf8.prefix(1_000).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
    data(Array("ERR ".utf8) + text)
  }

  /// - Returns: Where the line begins.
  private mutating func open() -> Int {
    bytes += repeatElement(UInt8(ascii: "0"), count: PktLine.headerLength)
    return bytes.count - PktLine.headerLength
  }

  private mutating func close(_ start: Int) -> Bool {
    let length = bytes.count - start
    guard length <= PktLine.maximumLength else {
      bytes.removeSubrange(start...)
      return false
    }
    for index in 0..<PktLine.headerLength {
      let nibble = length >> (4 * (PktLine.headerLength - 1 - index)) & 0xF
      bytes[start + index] = Hexadecimal.digit(UInt8(nibble))
    }
    return true
  }
}
