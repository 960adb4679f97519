package import SallyportConfig

/// Where an Open Policy Agent listens: `https://opa.example`, `http://127.0.0.1:8181`, or
/// `unix:///run/opa.sock`.
///
/// Answers decide what runs, so nobody on the way may make them: without TLS only this host is
/// asked, by its address. A name such as `localhost` is whatever the resolver says.
package struct PolicyAgentURL: Hashable, Sendable, CustomStringConvertible {
  package enum Place: Hashable, Sendable {
    case https(HostPort)
    /// On the loopback.
    case http(HostPort)
    /// Path of a socket.
    case unix(String)
  }

  /// Bytes of the path of a socket on Linux (`sun_path`), without its end.
  private static let maximumSocketPath = 107

  package let place: Place
  /// Ends with `/`.
  package let path: String

  package init(_ text: String) throws(InvalidPolicyAgentURL) {
    guard text.utf8.count <= 1_024, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw InvalidPolicyAgentURL(reason: "it is too long, or not printable ASCII")
    }
    guard let colon = text.firstRange(of: "://") else { throw Self.unknownScheme }
    let rest = text[colon.upperBound...]
    switch text[..<colon.lowerBound].lowercased() {
    case "https":
      let (address, path) = try Self.split(rest, port: 443)
      (place, self.path) = (.https(address), path)
    case "http":
      let (address, path) = try Self.split(rest, port: 80)
      guard Self.isLoopback(address.host) else {
        throw InvalidPolicyAgentURL(
          reason: "http is for 127.0.0.1 and [::1] only; use https, or unix:///path")
      }
      (place, self.path) = (.http(address), path)
    case "unix":
      guard rest.hasPrefix("/"), (2...Self.maximumSocketPath).contains(rest.utf8.count) else {
        throw InvalidPolicyAgentURL(
          reason: "unix:// and an absolute path of at most \(Self.maximumSocketPath) bytes")
      }
      (place, self.path) = (.unix(String(rest)), "/")
    default: throw Self.unknownScheme
    }
  }

  package var description: String {
    switch place {
    case .https(let address): "https://\(address)\(path)"
    case .http(let address): "http://\(address)\(path)"
    case .unix(let socket): "unix://\(socket)"
    }
  }

  private static var unknownScheme: InvalidPolicyAgentURL {
    InvalidPolicyAgentURL(reason: "it begins with https://, http:// or unix://")
  }

  private static func split(
    _ rest: Substring, port: Int
  ) throws(InvalidPolicyAgentURL) -> (HostPort, path: String) {
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    guard path.utf8.allSatisfy(isPathByte), !path.contains("//"),
      !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." })
    else {
      throw InvalidPolicyAgentURL(reason: "the path has letters, digits and '-._~/' only")
    }
    // Behind the brackets of an IPv6 address.
    let end = authority.lastIndex(of: "]") ?? authority.startIndex
    let text = authority[end...].contains(":") ? String(authority) : "\(authority):\(port)"
    guard let address = try? HostPort(parsing: text), address.port > 0,
      !address.host.contains("%")
    else { throw InvalidPolicyAgentURL(reason: "the host or port is malformed") }
    return (address, path.isEmpty ? "/" : path.hasSuffix("/") ? String(path) : "\(path)/")
  }

  /// Only what no resolver and no C library reads differently: four plain numbers, or `::1`.
  private static func isLoopback(_ host: String) -> Bool {
    guard host != "::1" else { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in UInt8(part).map { "\($0)" == part } ?? false }
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-")...UInt8(ascii: "/"),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

/// A text that is not a ``PolicyAgentURL``. Does not repeat it: it may hold a password.
package struct InvalidPolicyAgentURL: Error, Hashable, CustomStringConvertible {
  package let reason: String
  package var description: String { "invalid URL of a policy agent: \(reason)" }
}
