/// Names a decision of an Open Policy Agent as its Data API does: `sallyport/worker/decision` for
/// the rule `decision` of the package `sallyport.worker`.
package struct DecisionPath: Hashable, Sendable, CustomStringConvertible {
  /// Bytes.
  package static let maximumLength = 256
  package static let expected = "a path such as sallyport/worker/decision"

  package let rawValue: String

  /// Nil where the text has another form. Without `/` at its ends, segments of letters, digits, `_`
  /// and `-`: nothing that would have to be escaped in a URL, or that could lead out of the API.
  package init?(_ text: String) {
    guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
    for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard !segment.isEmpty, segment.allSatisfy(Self.isAllowed) else { return nil }
    }
    rawValue = text
  }

  package var description: String { rawValue }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
