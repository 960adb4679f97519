/// Durations as people write them: numbers with units, largest unit first, as in `90s` or `1h30m`.
package enum DurationText {
  package static let expected = "a duration such as 500ms, 30s, 10m, 24h or 1h30m"

  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
  ]

  /// A hundred years: longer is a mistake, and sums of two never overflow.
  private static let maximumMilliseconds: Int64 = 36_500 * 86_400_000

  /// Parses a duration. A number without unit is refused: it would be guessed differently by
  /// different readers.
  package static func parse(_ text: String) throws(TextFormError) -> Duration {
    let failure = TextFormError(expected: expected, found: text)
    var rest = text.utf8[...]
    var total: Int64 = 0
    var nextUnit = 0
    guard !rest.isEmpty else { throw failure }
    while !rest.isEmpty {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest[digits.endIndex...]
      let letters = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
      rest = rest[letters.endIndex...]
      let suffix = String(Substring(letters))
      guard let number = Int64(Substring(digits)),
        let unit = units[nextUnit...].firstIndex(where: { $0.suffix == suffix })
      else { throw failure }
      let (product, overflow) = number.multipliedReportingOverflow(by: units[unit].milliseconds)
      guard !overflow, product <= maximumMilliseconds - total else { throw failure }
      total += product
      nextUnit = unit + 1
    }
    return .milliseconds(total)
  }

  /// Spells a duration in the largest unit up to hours that divides it; below a millisecond is cut.
  package static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    if milliseconds != 0 { return "\(seconds * 1_000 + milliseconds)ms" }
    if seconds == 0 { return "0s" }
    if seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
    if seconds % 60 == 0 { return "\(seconds / 60)m" }
    return "\(seconds)s"
  }
}
