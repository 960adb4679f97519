/// One line of a ledger: its bytes, and what they say.
///
/// ```
/// {"seq":7,"time":"2026-01-31T23:59:59.999Z","prev":"<64 digits>","kind":"job",...}
/// ```
///
/// There is one way to write a record: no white space, no member twice, no escape but the ones
/// that ``LedgerText`` writes. Lines that say the same are thus equal.
enum LedgerLine {
  /// Bytes, without the line feed.
  static let maximumLength = 16_384
  /// Of a record, the four that all have included.
  static let maximumMembers = 64
  /// Bytes of a line that are not fields, at most.
  static let maximumOverhead = 192

  static func encode(
    sequence: UInt64, time: LedgerTime, previous: LedgerHash, kind: LedgerKind, fields: [UInt8]
  ) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(fields.count + maximumOverhead)
    line.append(contentsOf: "{\"seq\":\(sequence),\"time\":\"\(time)\",\"prev\":\"".utf8)
    line.append(contentsOf: previous.digits)
    line.append(contentsOf: "\",\"kind\":\"\(kind.rawValue)\"".utf8)
    line.append(contentsOf: fields)
    line.append(UInt8(ascii: "}"))
    return line
  }

  /// Nil where the bytes are not exactly what a ledger would write.
  static func decode(_ line: [UInt8]) -> LedgerRecord? {
    guard line.count <= maximumLength else { return nil }
    var parser = LedgerParser(line)
    guard parser.skip("{\"seq\":"), let sequence = parser.number(), sequence > 0,
      parser.skip(",\"time\":"), let time = parser.text().flatMap({ LedgerTime($0) }),
      parser.skip(",\"prev\":"), let previous = parser.hash(),
      parser.skip(",\"kind\":"), let kind = parser.text(), isKind(kind)
    else { return nil }
    var fields: [LedgerRecord.Field] = []
    while parser.skip(",") {
      guard fields.count < maximumMembers - reserved.count, let name = parser.text(),
        !reserved.contains(name), !fields.contains(where: { $0.name == name }), parser.skip(":"),
        let value = parser.value()
      else { return nil }
      fields.append(LedgerRecord.Field(name: name, value: value))
    }
    guard parser.skip("}"), parser.isAtEnd else { return nil }
    return LedgerRecord(
      sequence: sequence, time: time, previous: previous, kind: kind, fields: fields, bytes: line)
  }

  private static let reserved = ["seq", "time", "prev", "kind"]

  /// Kinds of later versions are lines as well.
  private static func isKind(_ text: String) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    return (1...32).contains(text.utf8.count) && text.utf8.first.map(letters.contains) == true
      && text.utf8.allSatisfy { letters.contains($0) || $0 == UInt8(ascii: "_") }
  }
}
