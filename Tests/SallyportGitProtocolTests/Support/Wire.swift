import SallyportGitProtocol

/// Short ways to write and read pkt-lines.
enum Wire {
  /// Lines of text with an LF each; `0000` and `0001` are packets of their own.
  static func bytes(_ lines: String...) -> [UInt8] { bytes(lines) }

  static func bytes(_ lines: [String]) -> [UInt8] {
    var writer = PktLineWriter()
    for line in lines {
      switch line {
      case "0000": writer.flush()
      case "0001": writer.delimiter()
      default: writer.line(line)
      }
    }
    return writer.bytes
  }

  /// The lines of a stream in the form in which ``bytes(_:)`` takes them; NUL reads `|`.
  static func lines(_ bytes: [UInt8]) throws -> [String] {
    var parser = PktLineParser()
    parser.supply(bytes[...])
    var lines: [String] = []
    while let line = try parser.next() {
      switch line {
      case .data(let data):
        let text = PktLine.text(of: data).map { $0 == 0 ? UInt8(ascii: "|") : $0 }
        lines.append(String(decoding: text, as: UTF8.self))
      case .flush: lines.append("0000")
      case .delimiter: lines.append("0001")
      case .responseEnd: lines.append("0002")
      }
    }
    try parser.finish()
    return lines
  }

  /// Pieces of a stream, of these sizes in turn.
  static func pieces(_ bytes: [UInt8], of sizes: [Int]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(max(1, sizes[pieces.count % sizes.count]))
      pieces.append(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }
}
