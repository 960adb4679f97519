/// A host name or address with a port: `gateway.example:7443`, `192.0.2.1:7443`, `[::1]:7443`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
  package static let expected = "host:port, such as gateway.example:7443 or [::1]:7443"

  /// Without brackets.
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package init(parsing text: String) throws(TextFormError) {
    let failure = TextFormError(expected: Self.expected, found: text)
    guard let colon = text.lastIndex(of: ":") else { throw failure }
    var host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let port = Int(digits), port <= 65_535
    else { throw failure }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { throw failure }
    } else if host.contains(":") {
      throw failure
    }
    guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy(Self.isHostByte) else {
      throw failure
    }
    self.init(host: String(host), port: port)
  }

  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Letters, digits, `-`, `.`, `_`, and `:` and `%` for IPv6 addresses with a zone.
  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%"):
      true
    default: false
    }
  }
}
