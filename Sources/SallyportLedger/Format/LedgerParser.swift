internal import SallyportBytes

/// Reads the JSON that a ledger writes, and nothing else. Never traps, whatever the bytes.
struct LedgerParser {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// - Returns: Whether exactly these bytes came next; otherwise nothing is skipped.
  mutating func skip(_ expected: StaticString) -> Bool {
    let matches = expected.withUTF8Buffer { expected in
      bytes.count - position >= expected.count
        && expected.indices.allSatisfy { bytes[position + $0] == expected[$0] }
    }
    if matches { position += expected.utf8CodeUnitCount }
    return matches
  }

  mutating func number() -> UInt64? {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return ledgerNumber(bytes[start..<position])
  }

  mutating func value() -> LedgerValue? {
    switch next {
    case UInt8(ascii: "\""): text().map(LedgerValue.text)
    case UInt8(ascii: "["): list().map(LedgerValue.list)
    default: number().map(LedgerValue.number)
    }
  }

  private mutating func list() -> [String]? {
    guard skip("[") else { return nil }
    var items: [String] = []
    if skip("]") { return items }
    repeat {
      guard let item = text() else { return nil }
      items.append(item)
    } while skip(",")
    return skip("]") ? items : nil
  }

  /// 64 digits in quotes.
  mutating func hash() -> LedgerHash? {
    guard skip("\""), bytes.count - position > 64,
      let hash = LedgerHash(bytes[position..<position + 64])
    else { return nil }
    position += 64
    return skip("\"") ? hash : nil
  }

  mutating func text() -> String? {
    guard skip("\"") else { return nil }
    let start = position
    while let byte = next, (0x20...0x7e).contains(byte), byte != UInt8(ascii: "\""),
      byte != UInt8(ascii: "\\")
    {
      position += 1
    }
    // What has no escape, almost everything, is there as it is.
    var text = bytes[start..<position]
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape(), let encoded = UTF8.encode(scalar) else { return nil }
        text.append(contentsOf: encoded)
      case 0x20...0x7e: text.append(byte)
      default: return nil
      }
    }
    return nil
  }

  /// What follows a backslash.
  private mutating func escape() -> Unicode.Scalar? {
    guard let letter = next else { return nil }
    position += 1
    guard letter == UInt8(ascii: "u") else {
      return switch letter {
      case UInt8(ascii: "b"): "\u{8}"
      case UInt8(ascii: "t"): "\t"
      case UInt8(ascii: "n"): "\n"
      case UInt8(ascii: "f"): "\u{c}"
      case UInt8(ascii: "r"): "\r"
      case UInt8(ascii: "\""): "\""
      case UInt8(ascii: "\\"): "\\"
      default: nil
      }
    }
    guard let unit = unit() else { return nil }
    if UTF16.isLeadSurrogate(unit) {
      guard skip("\\u"), let trail = self.unit(), UTF16.isTrailSurrogate(trail) else { return nil }
      return Unicode.Scalar(
        0x10000 + (UInt32(unit & 0x3ff) << 10) + UInt32(trail & 0x3ff))
    }
    let value = UInt32(unit)
    // Nothing that needs no escape, or has a shorter one; a lone surrogate is no scalar.
    guard value < 0x20 || value > 0x7e, LedgerText.shortEscape(value) == nil else { return nil }
    return Unicode.Scalar(value)
  }

  private mutating func unit() -> UInt16? {
    guard bytes.count - position >= 4 else { return nil }
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Hexadecimal.value(ofLowercase: bytes[position]) else { return nil }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
