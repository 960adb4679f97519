/// One record, named so that nobody can change it or any before it without being found out: its
/// number and its hash, written `SEQ:HASH`.
package struct LedgerAnchor: Hashable, Sendable, CustomStringConvertible {
  package let sequence: UInt64
  package let hash: LedgerHash

  package init(sequence: UInt64, hash: LedgerHash) {
    self.sequence = sequence
    self.hash = hash
  }

  /// Nil where the text is not a number from 1 and 64 lower-case hexadecimal digits around a colon.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, let sequence = ledgerNumber(parts[0]), sequence > 0,
      let hash = LedgerHash(parts[1])
    else { return nil }
    self.init(sequence: sequence, hash: hash)
  }

  package var description: String { "\(sequence):\(hash)" }
}

/// A number as a ledger writes it: decimal digits without leading zeros, at most 2^63 - 1.
func ledgerNumber(_ digits: some Collection<UInt8>) -> UInt64? {
  guard let first = digits.first, digits.count <= 19,
    first != UInt8(ascii: "0") || digits.count == 1
  else { return nil }
  var value: UInt64 = 0
  for digit in digits {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
    // Nineteen digits fit into 64 bits.
    value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
  }
  return value <= UInt64(Int64.max) ? value : nil
}
