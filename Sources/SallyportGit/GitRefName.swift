/// The name of a branch, a tag or any reference, as a job gives it.
///
/// Stricter than git-check-ref-format(1), so that a name is never taken for an option, a URL, a
/// refspec, a pattern or a revision expression: 1 to 255 bytes; letters and digits of any script
/// and `. _ - / + @ # = , %`; no segment is empty, begins with `.`, `-` or `+`, or ends in
/// `.` or `.lock`; no `..`; not `@` alone.
package struct GitRefName: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  package init(_ text: String) throws(GitError) {
    guard Self.isValid(text) else {
      throw GitError(
        code: .invalidName,
        message: "invalid ref \(String(reflecting: String(text.prefix(128)))): "
          + "use the name of a branch or tag, or a full name such as refs/heads/main")
    }
    rawValue = text
  }

  /// The full names that this may stand for, in the order in which they are tried. A branch comes
  /// before a tag of the same name, as with `git clone --branch`.
  package var candidates: [String] {
    if rawValue == "HEAD" || rawValue.hasPrefix("refs/") { return [rawValue] }
    return ["refs/heads/\(rawValue)", "refs/tags/\(rawValue)"]
  }

  package var description: String { rawValue }

  static func isValid(_ text: String) -> Bool {
    guard (1...255).contains(text.utf8.count), text != "@",
      text.unicodeScalars.allSatisfy(isAllowed)
    else { return false }
    return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy(isValidSegment)
  }

  /// Looks at bytes, because a combining mark makes one character of a dot or slash and itself.
  private static func isValidSegment(_ segment: Substring.UTF8View) -> Bool {
    let dot = UInt8(ascii: ".")
    guard let first = segment.first, let last = segment.last,
      ![dot, UInt8(ascii: "-"), UInt8(ascii: "+")].contains(first), last != dot,
      !zip(segment, segment.dropFirst()).contains(where: { $0 == dot && $1 == dot })
    else { return false }
    // Bit 5 folds the case of ASCII letters.
    return !segment.suffix(5).map { $0 | 0x20 }.elementsEqual(".lock".utf8.map { $0 | 0x20 })
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isASCII else {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
        return true
      default: return false
      }
    }
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "/", "+", "@", "#", "=", ",", "%":
      return true
    default: return false
    }
  }
}
