/// Makes a job's output safe to show on a terminal.
///
/// Text, newlines, tabs, carriage returns, backspaces and colors (SGR sequences) pass; every other
/// control sequence becomes visible text, since a job could set the clipboard (OSC 52), hide a
/// link's target (OSC 8), move the cursor over earlier lines or ask the terminal to type answers.
/// Works on bytes, so that text cut in the middle of a character passes as it is. One filter per
/// stream: sequences may be cut anywhere.
package struct TerminalLogFilter: Sendable {
  /// Bytes of the longest color sequence that is recognised.
  private static let maximumSequence = 64

  private enum State {
    case text
    /// After ESC, or after ESC [ and what follows it.
    case sequence([UInt8])
    /// After 0xC2, which begins the C1 controls in UTF-8.
    case latin
  }

  private var state = State.text

  package init() {}

  package mutating func filter(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    for byte in bytes { consume(byte, &output) }
    return output
  }

  /// What is held back when the stream ends.
  package mutating func finish() -> [UInt8] {
    var output: [UInt8] = []
    switch state {
    case .text: break
    case .sequence(let held): Self.show(held, &output)
    case .latin: output.append(0xC2)
    }
    state = .text
    return output
  }

  private mutating func consume(_ byte: UInt8, _ output: inout [UInt8]) {
    switch state {
    case .text: text(byte, &output)
    case .latin:
      state = .text
      if (0x80...0x9F).contains(byte) {
        Self.show([byte], &output)
      } else {
        output.append(0xC2)
        text(byte, &output)
      }
    case .sequence(let held):
      sequence(held, byte, &output)
    }
  }

  private mutating func text(_ byte: UInt8, _ output: inout [UInt8]) {
    switch byte {
    case 0x1B: state = .sequence([byte])
    case 0xC2: state = .latin
    case 0x08, 0x09, 0x0A, 0x0D: output.append(byte)
    case 0x00...0x1F, 0x7F: Self.show([byte], &output)
    default: output.append(byte)
    }
  }

  private mutating func sequence(_ held: [UInt8], _ byte: UInt8, _ output: inout [UInt8]) {
    let isParameter = (0x30...0x3B).contains(byte)
    switch held.count {
    case 1 where byte == UInt8(ascii: "["):
      state = .sequence(held + [byte])
    case 2... where isParameter && held.count < Self.maximumSequence:
      state = .sequence(held + [byte])
    case 2... where byte == UInt8(ascii: "m"):
      output.append(contentsOf: held + [byte])
      state = .text
    default:
      Self.show(held, &output)
      state = .text
      text(byte, &output)
    }
  }

  /// Control bytes as `\x1b`, others as they are.
  private static func show(_ bytes: [UInt8], _ output: inout [UInt8]) {
    for byte in bytes {
      guard byte < 0x20 || (0x7F...0x9F).contains(byte) else {
        output.append(byte)
        continue
      }
      let digits = String(byte, radix: 16)
      output.append(contentsOf: "\\x".utf8)
      if digits.utf8.count == 1 { output.append(UInt8(ascii: "0")) }
      output.append(contentsOf: digits.utf8)
    }
  }
}
