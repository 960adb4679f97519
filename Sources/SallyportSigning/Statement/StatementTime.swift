/// A time of a statement: whole seconds in UTC, written `2026-11-21T20:00:00Z` (RFC 3339) and in no
/// other way.
package struct StatementTime: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Seconds since 1970-01-01T00:00:00Z; years 1970 to 9999.
  package let seconds: Int64

  private static let last: Int64 = 253_402_300_799

  /// Cut to the years 1970 to 9999.
  package init(seconds: Int64) { self.seconds = min(max(seconds, 0), Self.last) }

  /// Nil for any other form, and for days that do not exist.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20, Self.hasSeparators(bytes),
      let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
      let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
      let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
      year >= 1_970, (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
    else { return nil }
    let seconds = (Self.days(year, month, day) * 24 + hour) * 3_600 + minute * 60 + second
    self.seconds = seconds
    // A day beyond its month's end would be written as another one.
    guard description == text else { return nil }
  }

  package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

  package var description: String {
    let (year, month, day) = Self.date(seconds / 86_400)
    let time = seconds % 86_400
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
      + "\(Self.padded(time / 3_600, 2)):\(Self.padded(time / 60 % 60, 2)):"
      + "\(Self.padded(time % 60, 2))Z"
  }

  private static func hasSeparators(_ bytes: [UInt8]) -> Bool {
    let separators: [(Int, Character)] = [
      (4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z"),
    ]
    return separators.allSatisfy { bytes[$0.0] == $0.1.asciiValue }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return value
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970-01-01; the year is counted from March, so that a leap day is its last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
  }

  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
