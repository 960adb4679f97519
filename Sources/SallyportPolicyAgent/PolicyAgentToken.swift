internal import SallyportConfig

/// What an Open Policy Agent knows its callers by (RFC 6750). Never printed.
struct PolicyAgentToken: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  /// Bytes.
  private static let maximumLength = 8_192

  /// Of the header field `authorization`.
  let authorization: String

  /// Nil where the file cannot be read, or is not one line of a token's characters. Blocks.
  init?(file: String) {
    guard let bytes = try? BoundedFile.read(file, limit: Self.maximumLength) else { return nil }
    let token = String(decoding: bytes, as: UTF8.self).trimmingLineEnd
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    authorization = "Bearer \(token)"
  }

  var description: String { "<redacted>" }
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension String {
  fileprivate var trimmingLineEnd: String {
    var text = self[...]
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    return String(text)
  }
}
