/// The path of a repository below a VCS agent's upstreams, for example `team/app.git`.
///
/// An allowlist, so that one name has one spelling on every host: 1 to 16 segments separated by
/// `/`, each 1 to 128 bytes of `A-Z a-z 0-9 . _ - + ~`, at most 512 bytes in all. No segment is
/// `.` or `..`, begins with `-` (an option of some command) or is `.git`; only the last may end in
/// `.git`, so that a name never reaches into a repository.
package struct RepositoryName: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  package init(_ text: some StringProtocol) throws(InvalidRepositoryName) {
    let text = String(text)
    guard (1...512).contains(text.utf8.count) else {
      throw InvalidRepositoryName(text: text, reason: "use 1 to 512 bytes")
    }
    let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard segments.count <= 16 else {
      throw InvalidRepositoryName(text: text, reason: "use at most 16 segments")
    }
    for (index, segment) in segments.enumerated() {
      if let reason = Self.objection(to: segment, isLast: index == segments.count - 1) {
        throw InvalidRepositoryName(text: text, reason: reason)
      }
    }
    rawValue = text
  }

  package var segments: [Substring] { rawValue.split(separator: "/") }

  package var description: String { rawValue }

  private static func objection(to segment: Substring.UTF8View, isLast: Bool) -> String? {
    guard (1...128).contains(segment.count) else {
      return "each segment has 1 to 128 bytes, and no '/' stands first, last or twice"
    }
    guard segment.allSatisfy(isAllowed) else {
      return "use A-Z, a-z, 0-9, '.', '_', '-', '+' and '~'"
    }
    guard segment.first != UInt8(ascii: "-") else { return "no segment begins with '-'" }
    let dots = segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") }
    guard !dots else { return "no segment is '.' or '..'" }
    guard endsInDotGit(segment) else { return nil }
    if segment.count == 4 { return "no segment is '.git'" }
    return isLast ? nil : "only the last segment ends in '.git'"
  }

  private static func endsInDotGit(_ segment: Substring.UTF8View) -> Bool {
    // Case folded: a server on a case-insensitive file system takes `.GIT` for `.git`.
    segment.suffix(4).map { $0 | 0x20 }.elementsEqual(".git".utf8.map { $0 | 0x20 })
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

/// A text that does not have the form of ``RepositoryName``.
package struct InvalidRepositoryName: Error, Hashable, CustomStringConvertible {
  package let text: String
  package let reason: String

  package var description: String {
    "invalid repository name \(String(reflecting: String(text.prefix(128)))): \(reason)"
  }
}
