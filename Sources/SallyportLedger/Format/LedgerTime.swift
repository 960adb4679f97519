internal import Glibc

/// A time of day as a record has it: RFC 3339, UTC, milliseconds, always 24 characters, so that
/// later is greater as text as well.
package struct LedgerTime: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  private init(text: String) { description = text }

  /// - Parameter milliseconds: Since 1970-01-01T00:00:00Z; a time after the year 9999 is the last one.
  package init(milliseconds: UInt64) {
    let milliseconds = min(milliseconds, 253_402_300_799_999)
    var seconds = time_t(milliseconds / 1_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    self.init(
      text: Self.padded(Int(parts.tm_year) + 1_900, 4) + "-" + Self.padded(Int(parts.tm_mon) + 1, 2)
        + "-"
        + Self.padded(Int(parts.tm_mday), 2) + "T" + Self.padded(Int(parts.tm_hour), 2) + ":"
        + Self.padded(Int(parts.tm_min), 2) + ":" + Self.padded(Int(parts.tm_sec), 2) + "."
        + Self.padded(Int(milliseconds % 1_000), 3) + "Z")
  }

  /// Nil where the text does not have the form `2026-01-31T23:59:59.999Z`; the day may be one that
  /// no calendar has.
  package init?(_ text: String) {
    guard Self.hasForm(text.utf8) else { return nil }
    self.init(text: text)
  }

  package static func now() -> LedgerTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let seconds = UInt64(clamping: time.tv_sec).multipliedReportingOverflow(by: 1_000)
    guard !seconds.overflow else { return LedgerTime(milliseconds: .max) }
    return LedgerTime(
      milliseconds: seconds.partialValue &+ UInt64(clamping: time.tv_nsec / 1_000_000))
  }

  package static func < (left: LedgerTime, right: LedgerTime) -> Bool {
    left.description < right.description
  }

  private static let form = Array("0000-00-00T00:00:00.000Z".utf8)

  private static func hasForm(_ text: String.UTF8View) -> Bool {
    text.count == form.count
      && zip(text, form).allSatisfy { byte, expected in
        expected == UInt8(ascii: "0")
          ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == expected
      }
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }
}
