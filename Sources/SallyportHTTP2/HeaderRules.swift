/// Rules on header lists beyond those that the library enforces.
///
/// The library checks names, values, the set and order of pseudo-header fields, connection-specific
/// fields, `te` and `content-length` (RFC 9113, section 8.2 and 8.3). Left to us is what it applies
/// to some schemes only, and what may be read in two ways.
enum HeaderRules {
  /// What is wrong with a request head; nil where nothing is.
  static func violation(inRequest fields: [HeaderField]) -> String? {
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
        guard host == nil else { return "more than one host" }
        host = field.value
      default: break
      }
    }
    if let authority {
      // RFC 9113, section 8.3.1: no userinfo, and a different host is a smuggling attempt.
      if authority.isEmpty || authority.utf8.contains(UInt8(ascii: "@")) {
        return "bad :authority"
      }
      if let host, host != authority { return "host differs from :authority" }
    }
    if method == "CONNECT" {
      return scheme == nil && path == nil && authority != nil ? nil : "malformed CONNECT"
    }
    guard scheme == "https" || scheme == "http" else { return "unknown :scheme" }
    guard let path, path.utf8.first == UInt8(ascii: "/") || (path == "*" && method == "OPTIONS")
    else { return ":path does not begin with a slash" }
    return nil
  }

  /// The status of a response head.
  static func isInformational(_ fields: [HeaderField]) -> Bool {
    fields.first.map { $0.name == ":status" && $0.value.utf8.first == UInt8(ascii: "1") } ?? false
  }
}
