/// A value as it is looked for, or why it is not.
///
/// Line breaks at either end are not part of it: files end in one that is no part of the secret,
/// and what contains the value with its line breaks contains it without them.
package struct MaskableValue: Sendable {
  /// Three bytes occur in any output by chance; four letters and digits hardly ever do.
  package static let shortest = 4

  /// What programs print whatever their secrets are, in lower case.
  private static let commonWords: Set<String> = [
    "true", "false", "null", "none", "undefined", "default", "enabled", "disabled", "test",
    "password", "secret", "token", "user", "username", "root", "admin", "localhost", "http",
    "https", "debug", "info", "warning", "error", "production", "staging", "development", "main",
    "master",
  ]

  let bytes: [UInt8]

  package init(_ value: [UInt8]) throws(Refusal) {
    let trimmed = value.trimming { $0 == 0x0A || $0 == 0x0D }
    guard !value.isEmpty else { throw Refusal(reason: .empty) }
    guard !value.allSatisfy(\.isBlank) else { throw Refusal(reason: .blank) }
    guard trimmed.count >= Self.shortest else { throw Refusal(reason: .tooShort) }
    if trimmed.count <= 16, let word = String(validating: trimmed, as: UTF8.self),
      Self.commonWords.contains(word.lowercased())
    {
      throw Refusal(reason: .commonWord)
    }
    bytes = Array(trimmed)
  }

  package struct Refusal: Error {
    package let reason: UnmaskedSecret.Reason
  }
}

extension UInt8 {
  /// Space, tab, line feed, vertical tab, form feed, carriage return.
  var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

extension BidirectionalCollection<UInt8> {
  /// Without the bytes at either end that `isTrimmed` names.
  func trimming(_ isTrimmed: (UInt8) -> Bool) -> SubSequence {
    guard let first = firstIndex(where: { !isTrimmed($0) }),
      let last = lastIndex(where: { !isTrimmed($0) })
    else { return self[endIndex...] }
    return self[first...last]
  }
}
