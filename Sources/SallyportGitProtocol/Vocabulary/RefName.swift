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
  package init?(_ bytes: some BidirectionalCollection<UInt8>) {
    guard Self.isValid(bytes), let text = String(validating: bytes, as: UTF8.self) else {
      return nil
    }
    rawValue = text
  }

  package init?(_ text: String) { self.init(text.utf8) }

  private init(unchecked: String) { rawValue = unchecked }

  package var utf8: String.UTF8View { rawValue.utf8 }
  package var isTag: Bool { utf8.starts(with: "refs/tags/".utf8) }
  package var description: String { rawValue }

  package static func == (one: RefName, other: RefName) -> Bool {
    one.utf8.elementsEqual(other.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = rawValue
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  private static func isValid(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
    if bytes.elementsEqual("HEAD".utf8) { return true }
    guard bytes.count <= maximumLength, bytes.starts(with: "refs/".utf8) else { return false }
    // The byte before, which at the beginning of a name is as one that ends a segment.
    var last = UInt8(ascii: "/")
    for byte in bytes {
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
    return !bytes.suffix(5).elementsEqual(".lock".utf8)
  }
}
