internal import SallyportCore

/// The file `head`: how far the ledger had come when it was last told that a record is safe.
///
/// Always 192 bytes, so that it is rewritten in place and fits into one sector of a disk: a JSON
/// object, spaces, a line feed.
struct LedgerHead: Hashable, Sendable {
  static let length = 192

  /// The ledger's id: 32 lower-case hexadecimal digits.
  var ledger: String
  /// Zero before the first record.
  var sequence: UInt64
  var hash: LedgerHash

  /// Of a ledger that does not have its first record yet.
  static func new() -> LedgerHead {
    LedgerHead(ledger: LedgerID.random().rawValue, sequence: 0, hash: .none)
  }

  init(ledger: String, sequence: UInt64, hash: LedgerHash) {
    self.ledger = ledger
    self.sequence = sequence
    self.hash = hash
  }

  /// Nil where the bytes are not exactly what ``bytes`` would be.
  init?(_ bytes: [UInt8]) {
    var parser = LedgerParser(bytes)
    guard bytes.count == Self.length, parser.skip("{\"ledger\":"),
      let ledger = parser.text().flatMap({ LedgerID($0) }), parser.skip(",\"seq\":"),
      let sequence = parser.number(), parser.skip(",\"hash\":"),
      let hash = parser.hash(), parser.skip("}")
    else { return nil }
    self.init(ledger: ledger.rawValue, sequence: sequence, hash: hash)
    guard self.bytes == bytes else { return nil }
  }

  var bytes: [UInt8] {
    var bytes = Array("{\"ledger\":\"\(ledger)\",\"seq\":\(sequence),\"hash\":\"\(hash)\"}".utf8)
    let padding = max(Self.length - 1 - bytes.count, 0)
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}

/// Names a ledger.
struct LedgerID: RandomIdentifier {
  let rawValue: String
  init(unchecked: String) { rawValue = unchecked }
}
