/// The address below which an HTTPS upstream has its repositories, for example
/// `https://git.example/scm/`.
///
/// Only `https`, without user, query or fragment: credentials come from a ``CredentialSource``.
package struct UpstreamURL: Hashable, Sendable, CustomStringConvertible {
  /// With brackets where it is an IPv6 address.
  package let host: String
  package let port: Int
  /// Ends with `/`.
  package let path: String

  package init(_ text: String) throws(InvalidUpstreamURL) {
    let scheme = "https://"
    guard text.utf8.count <= 1_024, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      text.lowercased().hasPrefix(scheme)
    else {
      throw InvalidUpstreamURL(reason: "expected https://<host>[:<port>]/[<path>/]")
    }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    (host, port) = try Self.parse(authority)
    guard path.utf8.allSatisfy(Self.isPathByte), !path.contains("//"),
      !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." })
    else {
      throw InvalidUpstreamURL(reason: "the path has letters, digits and '-._~+/' only")
    }
    self.path = path.isEmpty ? "/" : path.hasSuffix("/") ? String(path) : "\(path)/"
  }

  package var description: String {
    port == 443 ? "https://\(host)\(path)" : "https://\(host):\(port)\(path)"
  }

  /// As a credential helper wants it: `host[:port]`.
  package var authority: String { port == 443 ? host : "\(host):\(port)" }

  private static func parse(_ authority: Substring) throws(InvalidUpstreamURL) -> (String, Int) {
    var (host, port) = (authority, Substring("443"))
    let end = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[end...].lastIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
    let name = isAddress ? host.dropFirst().dropLast() : host
    guard (1...253).contains(name.utf8.count),
      name.utf8.allSatisfy({ isHostByte($0) || (isAddress && $0 == UInt8(ascii: ":")) }),
      port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int(port), (1...65_535).contains(number)
    else { throw InvalidUpstreamURL(reason: "the host or port is malformed") }
    return (host.lowercased(), number)
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    isHostByte(byte)
      || [UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/")].contains(byte)
  }
}

/// A text that is not an ``UpstreamURL``. Does not repeat it: it may hold a password.
package struct InvalidUpstreamURL: Error, Hashable, CustomStringConvertible {
  package let reason: String
  package var description: String { "invalid upstream URL: \(reason)" }
}
