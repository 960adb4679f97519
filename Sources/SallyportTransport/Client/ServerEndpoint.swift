/// Where a client connects to, and what the server's certificate must say.
package struct ServerEndpoint: Sendable, Hashable {
  package var host: String
  package var port: Int
  /// DNS name or IP address that the certificate must name; sent as SNI where it is a name.
  package var serverName: String

  /// - Parameter serverName: `host` where nil.
  package init(host: String, port: Int, serverName: String? = nil) {
    self.host = host
    self.port = port
    self.serverName = serverName ?? host
  }

  package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// `:authority` of calls.
  var authority: String {
    serverName.contains(":") ? "[\(serverName)]:\(port)" : "\(serverName):\(port)"
  }
}
