/// The full name of a ref as a server has it: `HEAD`, or `refs/` and more.
///
/// Obeys gitprotocol-common(5) and git-check-ref-format(1), and is UTF-8. Compared byte by byte:
/// Swift would take two spellings of one accented letter for the same name, Git does not.
package struct RefName: Hashable, Sendable, CustomStringConvertible {
  package static let head = RefName(unchecked: "HEAD")
  /// Bytes. Longer ones do not fit into a file system's path.
  package static let maximumLength = 4_096

  package let rawValue: String

  /// Nil where a server could not have a ref of this name.
  package init?(_ bytes: ArraySlice<UInt8>) {
    guard Self.isValid(bytes.span), let text = try? UTF8Span(validating: bytes.span) else {
      return nil
    }
    rawValue = String(copying: text)
  }

  package init?(_ text: String) {
    guard Self.isValid(text.utf8.span) else { return nil }
    rawValue = text
  }

  private init(unchecked: String) { rawValue = unchecked }

  package var utf8: String.UTF8View { rawValue.utf8 }
  package var isTag: Bool { utf8.starts(with: "refs/tags/".utf8) }
  package var description: String { rawValue }

  package static func == (one: RefName, other: RefName) -> Bool {
    let (one, other) = (one.utf8.span, other.utf8.span)
    return one.count == other.count && one.indices.allSatisfy { one[$0] == other[$0] }
  }

  package func hash(into hasher: inout Hasher) {
    var text = rawValue
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  private static func isValid(_ bytes: Span<UInt8>) -> Bool {
    if bytes.isEqual(to: "HEAD") { return true }
    guard bytes.count <= maximumLength, bytes.starts(with: "refs/") else { return false }
    // The byte before, which at the beginning of a name is as one that ends a segment.
    var last = UInt8(ascii: "/")
    for index in bytes.indices {
      let byte = bytes[index]
      switch byte {
      case 0...0x20, 0x7F, UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: ":"),
        UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "\\"):
        return false
      case UInt8(ascii: "/") where last == UInt8(ascii: "/"),
        UInt8(ascii: ".") where last == UInt8(ascii: "/") || last == UInt8(ascii: "."),
        UInt8(ascii: "{") where last == UInt8(ascii: "@"):
        return false
      default: last = byte
      }
    }
    guard last != UInt8(ascii: "/"), last != UInt8(ascii: ".") else { return false }
    return !bytes.extracting(last: 5).isEqual(to: ".lock")
  }
}

extension Span<UInt8> {
  /// Whether these are the bytes of a text in UTF-8.
  fileprivate func isEqual(to text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && starts(with: text)
  }

  fileprivate func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in text.indices.allSatisfy { text[$0] == self[$0] } }
  }
}
