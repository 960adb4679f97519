/// The form of paths of secret files: relative, 1 to 8 segments, each 1 to 64 bytes of
/// `A-Z a-z 0-9 . _ -` that is neither `.` nor `..` and does not begin with `-`.
package enum SecretPath {
  package static func isValid(_ text: String) -> Bool {
    let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return (1...8).contains(segments.count) && segments.allSatisfy { isSegment($0) }
  }

  private static func isSegment(_ segment: Substring.UTF8View) -> Bool {
    guard (1...64).contains(segment.count), segment.first != UInt8(ascii: "-"),
      segment.allSatisfy({
        VariableName.isLetter($0) || VariableName.isDigit($0) || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: ".")
      })
    else { return false }
    return segment.count > 2 || !segment.allSatisfy { $0 == UInt8(ascii: ".") }
  }
}
