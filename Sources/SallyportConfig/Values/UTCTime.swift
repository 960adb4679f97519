/// Points in time as RFC 3339 text in UTC, for logs and tables.
package enum UTCTime {
  /// Years 1 to 9999, the range of RFC 3339 and of `google.protobuf.Timestamp`.
  private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// For example `2026-07-18T09:05:03.042Z`; `fractionDigits` is 0, 3 or 6. Times outside the years
  /// 1 to 9999 are shown as the nearest time within.
  package static func format(
    seconds: Int64, nanoseconds: Int32 = 0, fractionDigits: Int = 3
  ) -> String {
    let seconds = min(max(seconds, range.lowerBound), range.upperBound)
    let nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    let (year, month, day) = civilDate(daysSinceEpoch: floorDivide(seconds, 86_400))
    let second = seconds - floorDivide(seconds, 86_400) * 86_400
    var text = "\(padded(year, 4))-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))T"
    text += "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    switch fractionDigits {
    case 3: text += "." + padded(Int64(nanoseconds / 1_000_000), 3)
    case 6: text += "." + padded(Int64(nanoseconds / 1_000), 6)
    default: break
    }
    return text + "Z"
  }

  /// Gregorian date of a day number; Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
  /// `civil_from_days`.
  private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int, day: Int) {
    let shifted = daysSinceEpoch + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
