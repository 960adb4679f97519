import SallyportGitProtocol
import Testing

@Suite struct PktLineTests {
  @Test(arguments: [
    ("0006a\n", [PktLine.data(Array("a\n".utf8)[...])]),
    ("0005a", [.data(Array("a".utf8)[...])]),
    ("0004", [.data([])]),
    ("000bfoobar\n", [.data(Array("foobar\n".utf8)[...])]),
    ("0000", [.flush]),
    ("0001", [.delimiter]),
    ("0002", [.responseEnd]),
    ("00000001000500002", [.flush, .delimiter, .data(Array("0".utf8)[...]), .responseEnd]),
    ("000Aabcdef", [.data(Array("abcdef".utf8)[...])]),
  ])
  func packets(text: String, packets: [PktLine]) throws {
    for size in [1, 2, 3, 5, 100] {
      #expect(try parse(Array(text.utf8), sizes: [size]) == packets)
    }
  }

  @Test(arguments: [
    ("0003", PktLineError.Code.reservedLength),
    ("ffff", .tooLong),
    ("fff1", .tooLong),
    ("00g0", .notHexadecimal),
    ("-001", .notHexadecimal),
    ("+0ff", .notHexadecimal),
    ("0x10", .notHexadecimal),
    ("    ", .notHexadecimal),
    ("\0\0\0\0", .notHexadecimal),
    ("HTTP", .notHexadecimal),
    ("0", .truncated),
    ("000", .truncated),
    ("0006a", .truncated),
    ("0000fff0abc", .truncated),
    ("0005a0003", .reservedLength),
  ])
  func hostileLengths(text: String, code: PktLineError.Code) {
    for size in [1, 3, 100] {
      let error = #expect(throws: PktLineError.self) {
        try parse(Array(text.utf8), sizes: [size])
      }
      #expect(error?.code == code)
    }
  }

  @Test func longestLine() throws {
    let line = Array("fff0".utf8) + [UInt8](repeating: 7, count: PktLine.maximumPayload)
    for sizes in [[1], [65_519], [.max]] {
      let packets = try parse(line + Array("0000".utf8), sizes: sizes)
      #expect(packets.count == 2)
      #expect(packets.first == .data([UInt8](repeating: 7, count: 65_516)[...]))
    }
  }

  @Test func anErrorStays() throws {
    var parser = PktLineParser()
    parser.supply(Array("00030000".utf8)[...])
    #expect(throws: PktLineError(.reservedLength)) { try parser.next() }
    parser.supply(Array("0000".utf8)[...])
    #expect(throws: PktLineError(.reservedLength)) { try parser.next() }
    #expect(throws: PktLineError(.reservedLength)) { try parser.finish() }
  }

  @Test func aStormOfFlushesTakesNoMemory() throws {
    var parser = PktLineParser()
    let storm = Array(String(repeating: "0000", count: 10_000).utf8)
    var count = 0
    for _ in 0..<50 {
      parser.supply(storm[...])
      while try parser.next() != nil { count += 1 }
      #expect(parser.rest.isEmpty)
    }
    #expect(count == 500_000)
  }

  @Test func writer() throws {
    var writer = PktLineWriter()
    writer.line("want x")
    writer.data([1, 2, 3])
    writer.delimiter()
    writer.flush()
    #expect(writer.take() == Array("000bwant x\n0007".utf8) + [1, 2, 3] + Array("00010000".utf8))
    #expect(writer.isEmpty)
    let fits = writer.data([UInt8](repeating: 0, count: 65_516))
    #expect(fits)
    #expect(writer.take().prefix(4).elementsEqual("fff0".utf8))
    #expect(writer.data([UInt8](repeating: 0, count: 65_517)) == false)
    #expect(writer.isEmpty)
    writer.error("no\nsuch \u{1B}[31mthing")
    #expect(writer.take() == Array("001aERR no such  [31mthing".utf8))
    writer.error(String(repeating: "x", count: 100_000))
    #expect(try parse(writer.take(), sizes: [.max]).count == 1)
  }

  private func parse(_ bytes: [UInt8], sizes: [Int]) throws -> [PktLine] {
    var parser = PktLineParser()
    var packets: [PktLine] = []
    for piece in Wire.pieces(bytes, of: sizes) {
      parser.supply(piece[...])
      while let line = try parser.next() { packets.append(line) }
    }
    try parser.finish()
    return packets
  }
}
