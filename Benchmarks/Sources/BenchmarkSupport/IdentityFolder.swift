import SallyportCore
package import SallyportTLS

#if canImport(Glibc)
  import Glibc
#endif

/// A folder with DER files: `ca.der`, `server.der`, `server.key.der`, `client.der`,
/// `client.key.der`, as scripts/bench makes it.
package struct IdentityFolder: Sendable {
  package let path: String
  package let root: [UInt8]

  package init(_ path: String) throws {
    self.path = path
    self.root = try Self.read("\(path)/ca.der")
  }

  /// - Parameter name: `server` or `client`.
  package func certificate(_ name: String) throws -> [UInt8] {
    try Self.read("\(path)/\(name).der")
  }

  package func key(_ name: String) throws -> [UInt8] { try Self.read("\(path)/\(name).key.der") }

  package func tls(_ role: TLSConfiguration.Role) throws -> TLSConfiguration {
    let name = role == .server ? "server" : "client"
    // Chains are verified by OpenSSL; that the one certificate there is has a certain name is
    // nothing to measure.
    let peer = PeerIdentity(
      spiffeID: try SPIFFEID(
        parsing: "spiffe://bench.test/\(role == .server ? "client" : "server")"),
      certificateFingerprint: "", serialNumber: "", notAfter: 0)
    return TLSConfiguration(
      role: role, certificateChain: [try certificate(name)],
      privateKey: Secret(try key(name)), trustRoots: [root], verifyPeer: { _ in peer })
  }

  package static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Failure("cannot open \(path)") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }
}
