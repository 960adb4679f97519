/// Rules on header lists beyond those that the library enforces.
///
/// The library checks names, values, the set and order of pseudo-header fields, connection-specific
/// fields, `te` and `content-length` (RFC 9113, section 8.2 and 8.3). Left to us is what it applies
/// to some schemes only, and what may be read in two ways.
enum HeaderRules {
  static func allowRequest(_ fields: [HeaderField]) -> Bool {
    var method: String?
    var scheme: String?
    var path: String?
    var authority: String?
    var host: String?
    for field in fields {
      switch field.name {
      case ":method": method = field.value
      case ":scheme": scheme = field.value
      case ":path": path = field.value
      case ":authority": authority = field.value
      case "host":
        guard host == nil else { return false }
        host = field.value
      default: break
      }
    }
    // RFC 9113, section 8.3.1: no userinfo; and whoever names two hosts means to be misread.
    if let authority {
      guard !authority.isEmpty, !authority.utf8.contains(UInt8(ascii: "@")) else { return false }
      guard host == nil || host == authority else { return false }
    }
    if method == "CONNECT" {
      return scheme == nil && path == nil && authority != nil
    }
    guard scheme == "https" || scheme == "http" else { return false }
    return path?.utf8.first == UInt8(ascii: "/") || (path == "*" && method == "OPTIONS")
  }

  /// Whether a response head is followed by another (RFC 9110, section 15.2).
  static func isInformational(_ fields: [HeaderField]) -> Bool {
    fields.first.map { $0.name == ":status" && $0.value.utf8.first == UInt8(ascii: "1") } ?? false
  }
}
