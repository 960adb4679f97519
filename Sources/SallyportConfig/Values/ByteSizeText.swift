/// Byte counts as people write them, in binary units only: `512B`, `64KiB`, `4MiB`, `1GiB`.
///
/// `KB` and `MB` are refused, since half of the world reads them as powers of ten.
package enum ByteSizeText {
  package static let expected = "a size such as 512B, 64KiB, 16MiB or 1GiB"

  private static let units: [(suffix: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
  ]

  package static func parse(_ text: String) throws(TextFormError) -> Int {
    let failure = TextFormError(expected: expected, found: text)
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { throw failure }
    let digits = text.dropLast(unit.suffix.count)
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int(digits)
    else { throw failure }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
    guard !overflow else { throw failure }
    return bytes
  }

  /// Spells a size in the largest unit that divides it.
  package static func format(_ bytes: Int) -> String {
    guard bytes != 0, let unit = units.first(where: { bytes % $0.bytes == 0 }) else {
      return "\(bytes)B"
    }
    return "\(bytes / unit.bytes)\(unit.suffix)"
  }
}
