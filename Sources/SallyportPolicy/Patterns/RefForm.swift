/// The form of full ref names, as git-check-ref-format(1) has it.
///
/// A name of another form is no ref for any rule: nothing that is allowed can have it.
package enum RefForm {
  /// Bytes of the longest name.
  package static let maximumLength = 1_024

  /// `HEAD`, or `refs/` and at least one more component.
  package static func isFull(_ text: String) -> Bool {
    text == "HEAD" || isFull(text.utf8.span)
  }

  /// The full names that a name may stand for, in the order in which they are tried: of a short
  /// name, the branch and then the tag. Empty where none has the form.
  package static func candidates(of name: String) -> [String] {
    let names =
      name == "HEAD" || name.hasPrefix("refs/")
      ? [name] : ["refs/heads/\(name)", "refs/tags/\(name)"]
    return names.filter(isFull)
  }

  /// `refs/` and at least one more component. One pass.
  static func isFull(_ text: Span<UInt8>) -> Bool {
    guard text.count <= maximumLength, text.count > 5, text[0] == UInt8(ascii: "r"),
      text[1] == UInt8(ascii: "e"), text[2] == UInt8(ascii: "f"), text[3] == UInt8(ascii: "s"),
      text[4] == UInt8(ascii: "/")
    else { return false }
    let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
    var previous = slash
    var start = 5
    for index in 5..<text.count {
      let byte = text[index]
      switch byte {
      case 0...0x20, 0x7F, UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: ":"),
        UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "\\"):
        return false
      case dot where previous == dot || previous == slash: return false
      case UInt8(ascii: "{") where previous == UInt8(ascii: "@"): return false
      case slash:
        guard previous != slash, previous != dot, !endsInLock(text, start..<index) else {
          return false
        }
        start = index + 1
      default: break
      }
      previous = byte
    }
    return previous != slash && previous != dot && !endsInLock(text, start..<text.count)
  }

  private static func endsInLock(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count >= 5, text[range.upperBound - 1] == UInt8(ascii: "k") else { return false }
    let end = range.upperBound
    return text[end - 5] == UInt8(ascii: ".") && text[end - 4] == UInt8(ascii: "l")
      && text[end - 3] == UInt8(ascii: "o") && text[end - 2] == UInt8(ascii: "c")
  }
}
