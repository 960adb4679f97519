import Testing

@testable import SallyportConfig

@Suite struct YAMLTreeTests {
  @Test func readsWhatPeopleWrite() throws {
    let yaml = """
      --- # the only document
      # a comment with 'quotes", & and *
      name: R&D *and* more   # trailing
      "quoted": 'it''s' # x
      escaped: "a\\tb\\"\\u263a"
      empty: ""
      nothing:
      list:
        - one
        - "**"
        - [a, 'b, c', "d]", {k: v}, x y]
      - not
      """
    #expect(throws: ConfigError.self) { try parse(yaml) }
    let tree = try #require(try parse(String(yaml.dropLast("\n- not".count))))
    guard case .table(let entries) = tree.value else {
      Issue.record("no table")
      return
    }
    #expect(
      entries.map(\.key) == ["name", "quoted", "escaped", "empty", "nothing", "list"])
    #expect(entries.map(\.line) == [3, 4, 5, 6, 7, 8])
    #expect(entries[0].value.value == .text("R&D *and* more"))
    #expect(entries[1].value.value == .text("it's"))
    #expect(entries[2].value.value == .text("a\tb\"☺"))
    #expect(entries[3].value.value == .text(""))
    #expect(entries[4].value.value == .null)
    #expect(
      entries[5].value.value
        == .list([
          YAMLNode(.text("one"), line: 9), YAMLNode(.text("**"), line: 10),
          YAMLNode(
            .list([
              YAMLNode(.text("a"), line: 11), YAMLNode(.text("b, c"), line: 11),
              YAMLNode(.text("d]"), line: 11),
              YAMLNode(
                .table([YAMLEntry(key: "k", line: 11, value: YAMLNode(.text("v"), line: 11))]),
                line: 11),
              YAMLNode(.text("x y"), line: 11),
            ]), line: 11),
        ]))
  }

  @Test(arguments: ["", "\n", "# nothing\n", "---\n", "~\n"])
  func emptyFiles(_ yaml: String) throws {
    #expect(try parse(yaml) == nil)
  }

  @Test(arguments: [
    ("a: &x b", 1, "anchor"), ("a: *x", 1, "alias"), ("a:\n  - **", 2, "alias"),
    ("a: !!str b", 1, "tag"), ("!x\na: b", 1, "tag"), ("a: [b, &x c]", 1, "anchor"),
    ("{\"a\":&x b}", 1, "anchor"), ("--- &x\na: b", 1, "anchor"), ("- - &x b", 1, "anchor"),
    ("a: |\n  text", 1, "block"), ("a: >\n  text", 1, "block"), ("? a\n: b", 1, "'?'"),
    ("[a]: b", 1, "list or table"), ("{[a]: b}", 1, "list or table"), (": b", 1, "':'"),
    ("a: b\n---\nc: d", 2, "another"), ("a: b\n...\n", 2, "another"), ("a: 'b\n c'", 1, "quote"),
    ("a: \"b\n c\"", 1, "quote"), ("a: b\n  c", 1, "next line"), ("[a\n b]", 2, "'b'"),
    ("a: 'b' c", 1, "'c'"), ("\ta: b", 1, "tab"), ("a:\tb", 1, "tab"), ("a: b\rc: d", 1, "U+D"),
    ("# x\u{85}a: &x b", 1, "U+85"), ("# x\u{2028}a: b", 1, "U+2028"),
    ("a: \u{202e}b", 1, "U+202E"),
    ("\u{feff}a: b", 1, "U+FEFF"), ("a: \u{0}", 1, "U+0"), ("a: @b", 1, "'@'"), ("]", 1, "bracket"),
    ("%YAML 1.1\n---\na: b", 1, "'%'"), ("[a,,b]", 1, "','"), ("[a?b]", 1, "'?'"),
    ("[a[b]", 1, "'['"), ("a: b\na: c", 1, "more than once"),
    ("1: b\n\"1\": c", 2, "more than once"),
    ("<<: {a: b}\n<<: {a: b}", 1, "more than once"), ("a: [b", 1, ""), ("a: b: c", 1, ""),
    (String(repeating: "[", count: 17), 1, "more"),
    (String(repeating: "- ", count: 17) + "a", 1, "more"),
    (String(repeating: " ", count: 65) + "a: b", 1, "more"),
  ])
  func refuses(_ yaml: String, _ line: Int, _ found: String) throws {
    let error = try #require(throws: ConfigError.self) { try parse(yaml) }
    guard case .file("p.yaml", let place) = error.origin else {
      Issue.record("\(error)")
      return
    }
    #expect(place == line || found.isEmpty, "\(error)")
    #expect("\(error)".contains(found), "\(error)")
  }

  /// Twelve anchors would make a billion values; they must not be looked at.
  @Test(.timeLimit(.minutes(1))) func bombs() throws {
    var laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      laughs += "a\(level): &a\(level) [\(items)]\n"
    }
    #expect(throws: ConfigError.self) { try parse(laughs) }
    for opening in ["[", "{a: ", "- ", "? ", "[a, ", "- - a\n", "{\"a\":"] {
      let deep = String(repeating: opening, count: 200_000)
      #expect(throws: ConfigError.self) { try parse(deep) }
    }
    #expect(throws: ConfigError.self) { try parse(String(repeating: "a", count: (1 << 20) + 1)) }
    let wide = "a: [" + String(repeating: "b,", count: 400_000) + "c]"
    #expect(try parse(wide) != nil)
  }

  /// Whatever is mutated, the reader answers, and what it accepts has none of what it refuses.
  @Test func mutations() throws {
    let seeds = [
      "version: 1\nrules:\n  - name: a\n    refs: [\"refs/**\", 'x', {a: b}]\n  - b: c # d\n",
      "a: &x [b, *x]\n? [c]\n: !t |\n  d\n--- e\n", "a: b\n  'c: &x d' e\n[f\n 'g, &x h', *x]\n",
    ]
    let alphabet = Array("&*!|>%@`'\"[]{},:?#-~ \n\t\r\\ab.".utf8)
    var generator = TestGenerator(seed: 4)
    var accepted = 0
    for round in 0..<30_000 {
      var bytes = Array(seeds[round % seeds.count].utf8)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] = byte
        case 1: bytes.insert(byte, at: place)
        case 2: if bytes.count > 1 { bytes.remove(at: place) }
        default: bytes.insert(contentsOf: bytes[..<place].suffix(8), at: place)
        }
      }
      if let tree = try? YAMLTree.parse(bytes, path: "p.yaml") {
        accepted += 1
        // Every text stands in the file as it is, or in quotes.
        let text = String(decoding: bytes, as: UTF8.self)
        for scalar in tree.texts where !scalar.contains(where: { "\"'\\".contains($0) }) {
          #expect(text.contains(scalar) || text.contains("\\") || text.contains("''"), "\(text)")
        }
      }
    }
    #expect(accepted > 300)
  }

  private func parse(_ yaml: String) throws(ConfigError) -> YAMLNode? {
    try YAMLTree.parse(Array(yaml.utf8), path: "p.yaml")
  }
}

extension YAMLNode {
  fileprivate var texts: [String] {
    switch value {
    case .text(let text): [text]
    case .null: []
    case .list(let items): items.flatMap(\.texts)
    case .table(let entries): entries.flatMap { [$0.key] + $0.value.texts }
    }
  }
}

private struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
