/// Finds what ``YAMLTree`` does not accept, in one pass over the bytes.
///
/// Follows YAML 1.1 as libyaml reads it, just far enough to know where a node may begin: a text
/// that is not in quotes ends with its line, and a text in quotes must. So nothing that this takes
/// for a part of a text can be an anchor, an alias or a tag to libyaml, and no list or table can be
/// a key.
struct YAMLScan {
  struct Refusal: Error {
    let line: Int
    let expected: String
    let found: String
    var hint: String?
  }

  /// Columns that a line may be indented, with the dashes of lists.
  static let maximumIndentation = 64

  private enum State {
    /// A node may begin here.
    case start
    /// In a text without quotes.
    case plain
    /// Behind a text that is over, so that `:`, or in a list or table `,` or its end, may follow.
    case afterText
    /// Behind a list or table in brackets.
    case afterBracket
  }

  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private var depth = 0
  private var state = State.start
  private var hasContent = false

  private init(_ text: String) { bytes = Array(text.utf8) }

  static func check(_ text: String) throws(Refusal) {
    try checkCharacters(text)
    var scan = YAMLScan(text)
    while scan.index < scan.bytes.count { try scan.step() }
  }

  /// Some of these are line ends to libyaml, others deceive whoever reads the file.
  private static func checkCharacters(_ text: String) throws(Refusal) {
    var line = 1
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if previous == "\r", scalar != "\n" { throw characterRefusal("\r", line: line) }
      switch scalar {
      case "\n": line += 1
      case "\r", "\t": break
      default:
        if ShownText.isUnsafe(scalar) { throw characterRefusal(scalar, line: line) }
      }
      previous = scalar
    }
    if previous == "\r" { throw characterRefusal("\r", line: line) }
  }

  private static func characterRefusal(_ scalar: Unicode.Scalar, line: Int) -> Refusal {
    Refusal(
      line: line, expected: "visible characters",
      found: "the character U+\(String(scalar.value, radix: 16, uppercase: true))",
      hint: #"in a text in double quotes it can be written as \u and four digits"#)
  }

  private mutating func step() throws(Refusal) {
    let byte = bytes[index]
    switch byte {
    case UInt8(ascii: "\n"): endLine()
    case UInt8(ascii: "\r"), UInt8(ascii: " "): index += 1
    case UInt8(ascii: "\t"):
      throw refusal("spaces", found: "a tab")
    case UInt8(ascii: "#") where state != .plain || follows(UInt8(ascii: " ")): skipLine()
    default:
      if try skipMarker() { return }
      hasContent = true
      switch state {
      case .start: try begin(byte)
      case .plain: try continuePlain(byte)
      case .afterText, .afterBracket: try goOn(byte)
      }
    }
  }

  private mutating func begin(_ byte: UInt8) throws(Refusal) {
    guard depth > 0 || index - lineStart <= Self.maximumIndentation || !isFirstOnLine else {
      throw refusal("at most \(Self.maximumIndentation) columns of indentation", found: "more")
    }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): try skipQuoted(byte)
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      depth += 1
      guard depth <= YAMLTree.maximumDepth else {
        throw refusal(
          "at most \(YAMLTree.maximumDepth) lists and tables within each other", found: "more")
      }
      index += 1
    case UInt8(ascii: "]"), UInt8(ascii: "}"): try endBracket()
    case UInt8(ascii: "-") where isBlank(after: index): index += 1
    case UInt8(ascii: "?") where depth > 0 || isBlank(after: index),
      UInt8(ascii: ":") where depth > 0 || isBlank(after: index):
      throw refusal("a key", found: "'\(Character(Unicode.Scalar(byte)))'", hint: Self.quotes)
    case UInt8(ascii: "&"): throw refusal(Self.plainValues, found: "an anchor", hint: Self.quotes)
    case UInt8(ascii: "*"):
      throw refusal(
        Self.plainValues, found: "an alias",
        hint: "write texts that begin with '*' in quotes, as in \"**\"")
    case UInt8(ascii: "!"): throw refusal(Self.plainValues, found: "a tag", hint: Self.quotes)
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      throw refusal("a text on one line", found: "a block of text", hint: Self.quotes)
    case UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: ","):
      throw refusal("a value", found: "'\(Character(Unicode.Scalar(byte)))'", hint: Self.quotes)
    default:
      state = .plain
      index += 1
    }
  }

  private mutating func continuePlain(_ byte: UInt8) throws(Refusal) {
    switch byte {
    case UInt8(ascii: ":") where isBlank(after: index) || depth > 0 && isBracket(after: index):
      state = .start
      index += 1
    case UInt8(ascii: ",") where depth > 0:
      state = .start
      index += 1
    case UInt8(ascii: "]") where depth > 0, UInt8(ascii: "}") where depth > 0: try endBracket()
    case UInt8(ascii: "[") where depth > 0, UInt8(ascii: "{") where depth > 0,
      UInt8(ascii: "?") where depth > 0:
      throw refusal(
        "',' or the end of the list or table", found: "'\(Character(Unicode.Scalar(byte)))'",
        hint: Self.quotes)
    default: index += 1
    }
  }

  private mutating func goOn(_ byte: UInt8) throws(Refusal) {
    switch byte {
    case UInt8(ascii: ":") where state == .afterText && (depth > 0 || isBlank(after: index)):
      state = .start
      index += 1
    case UInt8(ascii: ",") where depth > 0:
      state = .start
      index += 1
    case UInt8(ascii: "]") where depth > 0, UInt8(ascii: "}") where depth > 0: try endBracket()
    case UInt8(ascii: ":") where state == .afterBracket:
      throw refusal("a text as the key", found: "a list or table")
    default:
      throw refusal(
        "the end of the value", found: "'\(Character(Unicode.Scalar(byte)))'",
        hint: "put the whole text in quotes")
    }
  }

  private mutating func endBracket() throws(Refusal) {
    guard depth > 0 else { throw refusal("a value", found: "a closing bracket") }
    depth -= 1
    state = .afterBracket
    index += 1
  }

  private mutating func skipQuoted(_ quote: UInt8) throws(Refusal) {
    index += 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
      if bytes[index] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        index += 1
        // What follows is looked at where it could be the line's end.
        if index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      } else if bytes[index] == quote {
        index += 1
        // Within single quotes, two are one.
        guard quote == UInt8(ascii: "'"), index < bytes.count, bytes[index] == quote else {
          state = .afterText
          return
        }
        index += 1
      } else {
        index += 1
      }
    }
    throw refusal("a text on one line", found: "a quote that is not closed on its line")
  }

  private mutating func endLine() {
    if depth == 0 {
      state = .start
    } else if state == .plain {
      // Neither a second line of it nor its ':' may follow.
      state = .afterBracket
    }
    index += 1
    line += 1
    lineStart = index
  }

  private mutating func skipLine() {
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
  }

  /// `---` may begin the file; libyaml sees these in the first column, whatever is around them.
  private mutating func skipMarker() throws(Refusal) -> Bool {
    guard index == lineStart, index + 3 <= bytes.count else { return false }
    let marker = bytes[index..<index + 3]
    guard marker.elementsEqual("---".utf8) || marker.elementsEqual("...".utf8),
      isBlank(after: index + 2)
    else { return false }
    guard marker.elementsEqual("---".utf8), !hasContent else {
      throw refusal("one document", found: "the beginning or end of another")
    }
    hasContent = true
    index += 3
    return true
  }

  /// Whether only blanks and dashes come before on the line.
  private var isFirstOnLine: Bool {
    bytes[lineStart..<index].allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }
  }

  private func follows(_ byte: UInt8) -> Bool { index > 0 && bytes[index - 1] == byte }

  private func isBlank(after index: Int) -> Bool {
    guard index + 1 < bytes.count else { return true }
    return switch bytes[index + 1] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
    default: false
    }
  }

  private func isBracket(after index: Int) -> Bool {
    index + 1 < bytes.count && ",?[]{}".utf8.contains(bytes[index + 1])
  }

  private static let plainValues = "values without anchors, aliases and tags"
  private static let quotes = "put texts that begin with a special character in quotes"

  private func refusal(_ expected: String, found: String, hint: String? = nil) -> Refusal {
    Refusal(line: line, expected: expected, found: found, hint: hint)
  }
}
