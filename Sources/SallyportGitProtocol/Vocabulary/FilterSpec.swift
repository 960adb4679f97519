/// What a partial clone leaves out (git-rev-list(1), `--filter`), of the kinds that say it with
/// numbers and types alone.
///
/// `sparse:oid=` is not among them: its value names any object of the server, by any expression,
/// and what the pack then holds tells what is in it.
package struct FilterSpec: Hashable, Sendable, CustomStringConvertible {
  /// Bytes.
  package static let maximumLength = 256

  package let text: String

  /// Nil where the filter is of another kind, or malformed.
  package init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count <= Self.maximumLength, bytes.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    if let parts = text.after("combine:") {
      guard parts.split(separator: "+", omittingEmptySubsequences: false).allSatisfy(Self.isSimple)
      else { return nil }
    } else {
      guard Self.isSimple(text[...]) else { return nil }
    }
    self.text = text
  }

  package var description: String { text }

  private static func isSimple(_ text: Substring) -> Bool {
    if text == "blob:none" { return true }
    if let limit = text.after("blob:limit=") {
      return isNumber("kmgKMG".contains(limit.last ?? " ") ? limit.dropLast() : limit)
    }
    if let depth = text.after("tree:") { return isNumber(depth) }
    if let type = text.after("object:type=") {
      return ["blob", "tree", "commit", "tag"].contains(type)
    }
    return false
  }

  private static func isNumber(_ text: Substring) -> Bool {
    (1...18).contains(text.utf8.count) && text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
  }
}

extension StringProtocol where SubSequence == Substring {
  /// What follows a prefix; nil where there is another.
  fileprivate func after(_ prefix: String) -> Substring? {
    utf8.starts(with: prefix.utf8)
      ? self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...] : nil
  }
}
