import NIOCore

extension SocketAddress {
  /// `127.0.0.1:50412`, `[::1]:50412`.
  var text: String {
    let port = port.map(String.init) ?? ""
    switch self {
    case .v4: return "\(ipAddress ?? ""):\(port)"
    case .v6: return "[\(ipAddress ?? "")]:\(port)"
    case .unixDomainSocket: return pathname ?? "unix"
    }
  }

  /// As gRPC writes it: `ipv4:127.0.0.1:50412`.
  var grpcText: String {
    switch self {
    case .v4: "ipv4:\(text)"
    case .v6: "ipv6:\(text)"
    case .unixDomainSocket: "unix:\(text)"
    }
  }
}
