/// A pattern in which `*` stands for any run of bytes; every other byte for itself.
///
/// Bytes are compared, never characters: to Swift two texts are equal where Unicode takes them for
/// the same, to a file system, a shell or Git they are not.
struct TextGlob: Hashable, Sendable {
  private static let star = UInt8(ascii: "*")

  let bytes: [UInt8]
  let isLiteral: Bool

  init(_ text: some Sequence<UInt8>) {
    bytes = Array(text)
    isLiteral = !bytes.contains(Self.star)
  }

  func matches(_ text: String) -> Bool {
    let span = text.utf8.span
    return matches(span, in: 0..<span.count)
  }

  /// Matches stars greedily with one step back, in time proportional to the product of lengths.
  func matches(_ text: Span<UInt8>, in range: Range<Int>) -> Bool {
    if isLiteral, bytes.count != range.count { return false }
    var (g, t) = (0, range.lowerBound)
    var retry: (glob: Int, text: Int)?
    while t < range.upperBound {
      if g < bytes.count, bytes[g] == Self.star {
        g += 1
        retry = (g, t)
      } else if g < bytes.count, bytes[g] == text[t] {
        g += 1
        t += 1
      } else if let last = retry {
        retry = (last.glob, last.text + 1)
        g = last.glob
        t = last.text + 1
      } else {
        return false
      }
    }
    return bytes[g...].allSatisfy { $0 == Self.star }
  }
}
