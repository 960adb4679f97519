import SallyportCLI
import Testing

@Suite struct TerminalLogFilterTests {
  private func filtered(_ text: String) -> String {
    var filter = TerminalLogFilter()
    return String(decoding: filter.filter(text.utf8) + filter.finish(), as: UTF8.self)
  }

  @Test(arguments: [
    "plain text\n", "tab\tcr\rbackspace\u{8}\n", "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}[1;38;5;200mx\u{1b}[m",
    "é日\u{1f600}\u{a0}", "",
  ])
  func harmlessOutputPasses(text: String) {
    #expect(filtered(text) == text)
  }

  @Test(arguments: [
    ("\u{1b}[2J", "\\x1b[2J"), ("\u{1b}]52;c;AAAA\u{7}", "\\x1b]52;c;AAAA\\x07"),
    ("\u{1b}]8;;http://x\u{1b}\\y", "\\x1b]8;;http://x\\x1b\\y"), ("\u{1b}[6n", "\\x1b[6n"),
    ("\u{1b}[?1049h", "\\x1b[?1049h"), ("\u{1b}c", "\\x1bc"), ("\u{9b}2J", "\\x9b2J"),
    ("\u{1b}\u{1b}[31m", "\\x1b\u{1b}[31m"), ("a\u{0}b\u{7f}", "a\\x00b\\x7f"),
    ("\u{1b}[", "\\x1b["), ("\u{1b}", "\\x1b"), ("\u{1b}[>4;1m", "\\x1b[>4;1m"),
    ("\u{1b}P+q\u{1b}\\", "\\x1bP+q\\x1b\\"), ("\u{e}", "\\x0e"),
  ])
  func controlSequencesAreShown(text: String, expected: String) {
    #expect(filtered(text) == expected)
  }

  @Test func cutsDoNotMatter() {
    let text = "a\u{1b}[31mé\u{9b}x\u{1b}]0;t\u{7}\u{1b}[1;2;3m日\u{c3}\u{85}\u{1b}["
    let bytes = Array(text.utf8)
    let whole = filtered(text)
    for size in 1...5 {
      var filter = TerminalLogFilter()
      var output: [UInt8] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        output += filter.filter(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(String(decoding: output + filter.finish(), as: UTF8.self) == whole)
    }
  }

  @Test func noControlSequenceGetsThrough() {
    var generator = SystemRandomNumberGenerator()
    let alphabet: [UInt8] = [
      0x1B, 0x5B, 0x6D, 0x31, 0x3B, 0x41, 0x5D, 0x07, 0xC2, 0x9B, 0x9D, 0x0A,
    ]
    for _ in 0..<5_000 {
      let input = (0..<24).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      var filter = TerminalLogFilter()
      let output = filter.filter(input) + filter.finish()
      // Whatever is left of an escape character begins a color sequence.
      for index in output.indices where output[index] == 0x1B {
        let rest = output[(index + 1)...]
        #expect(rest.first == 0x5B)
        let end = rest.dropFirst().first { !(0x30...0x3B).contains($0) }
        #expect(end == 0x6D)
      }
      for (first, second) in zip(output, output.dropFirst()) {
        #expect(!(first == 0xC2 && (0x80...0x9F).contains(second)))
      }
    }
  }

  @Test func longSequencesAreNotHeldForEver() {
    let text = "\u{1b}[" + String(repeating: "1;", count: 1_000) + "m"
    #expect(filtered(text) == "\\x1b[" + String(repeating: "1;", count: 1_000) + "m")
  }
}
