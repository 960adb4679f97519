import NIOHTTP1

/// A request to the health endpoint, decided: pure.
enum HealthRequest: Equatable {
  case live(asJSON: Bool)
  case ready(asJSON: Bool)
  case metrics
  /// Answered without asking anything.
  case refused(HTTPResponseStatus)

  /// - Parameter isLoopback: The endpoint is for this host only. A browser on it can be made to ask
  ///   by a page from elsewhere whose name leads to the loopback (DNS rebinding): only a Host that
  ///   is an address or `localhost` is answered then.
  init(_ head: HTTPRequestHead, isLoopback: Bool) {
    guard head.method == .GET || head.method == .HEAD else {
      self = .refused(.methodNotAllowed)
      return
    }
    let hosts = head.headers["host"]
    guard hosts.count <= 1, !isLoopback || hosts.allSatisfy(Self.isLocal) else {
      self = .refused(.misdirectedRequest)
      return
    }
    let asJSON = head.headers["accept"].contains { $0.contains("application/json") }
    switch head.uri.prefix(while: { $0 != "?" }) {
    case "/healthz": self = .live(asJSON: asJSON)
    case "/readyz": self = .ready(asJSON: asJSON)
    case "/metrics": self = .metrics
    default: self = .refused(.notFound)
    }
  }

  /// `localhost` or an IP address, with or without a port.
  static func isLocal(_ host: String) -> Bool {
    if host.hasPrefix("[") { return true }
    let name = host.prefix { $0 != ":" }
    return name == "localhost"
      || (name.split(separator: ".", omittingEmptySubsequences: false).count == 4
        && name.split(separator: ".").allSatisfy { UInt8($0) != nil })
  }
}
