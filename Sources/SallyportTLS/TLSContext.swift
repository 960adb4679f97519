import COpenSSL
import Glibc
import SallyportCore

/// A compiled ``TLSConfiguration``: owns one `SSL_CTX`, shared by all engines made from it.
package final class TLSContext: Sendable {
  let role: TLSConfiguration.Role
  let peerCertificate: TLSConfiguration.PeerCertificate
  let verifyPeer: PeerVerification?
  let applicationProtocols: ApplicationProtocols
  let handle: SSLContextHandle
  /// Client, where sessions are resumed.
  let sessions: TLSSessionCache?
  let now: @Sendable () -> Int64

  /// - Parameter now: What time it is for sessions to be resumed, in seconds since
  ///   1970-01-01T00:00:00Z.
  /// - Throws: ``TLSError/Code/configuration`` where certificate, key, roots or protocols are
  ///   missing, cannot be read or do not fit together.
  package init(
    _ configuration: TLSConfiguration, now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
  ) throws(TLSError) {
    try Self.check(configuration)
    role = configuration.role
    peerCertificate = configuration.peerCertificate
    verifyPeer = configuration.verifyPeer
    applicationProtocols = try ApplicationProtocols(configuration.applicationProtocols)
    sessions =
      configuration.resumesSessions && configuration.role == .client ? TLSSessionCache() : nil
    self.now = now
    handle = try SSLContextHandle()
    let context = handle.pointer

    try Self.setProtocol(in: context)
    switch role {
    case .client: try applicationProtocols.offer(in: context)
    case .server: applicationProtocols.select(in: context)
    }
    try Self.setResumption(configuration, in: context)
    try Self.setVerification(configuration, in: context)
    try Self.setCredentials(configuration, in: context)
  }

  /// - Parameter serverName: Client only: sent as SNI and checked against the server certificate's
  ///   DNS or IP subject alternative names; a wildcard matches nothing. Nil: neither (the sealed
  ///   channel, whose peers are known by SPIFFE ID alone).
  /// - Throws: ``TLSError/Code/configuration`` where the name is none, or nothing would say who
  ///   the server is.
  package func makeEngine(serverName: String?) throws(TLSError) -> TLSEngine {
    guard let serverName else {
      guard role == .server || verifyPeer != nil else {
        throw TLSError(
          code: .configuration,
          message: "a client needs a server name, a peer verification, or both")
      }
      return try TLSEngine(self, serverName: nil)
    }
    guard role == .client else {
      throw TLSError(code: .configuration, message: "only a client has a server name to expect")
    }
    return try TLSEngine(self, serverName: ServerName(serverName))
  }

  /// What no certificate needs to be parsed for.
  private static func check(_ configuration: TLSConfiguration) throws(TLSError) {
    func refuse(_ message: String) -> TLSError { TLSError(code: .configuration, message: message) }

    if configuration.certificateChain.isEmpty != (configuration.privateKey == nil) {
      throw refuse("a certificate and its private key are only of use together")
    }
    if configuration.resumesSessions, configuration.peerCertificate == .none {
      throw refuse("a session can be resumed only where the peer has shown a certificate")
    }
    switch (configuration.role, configuration.peerCertificate) {
    case (.client, .none):
      throw refuse("a client always verifies its server's certificate")
    case (.server, _) where configuration.certificateChain.isEmpty:
      throw refuse("a server needs a certificate and its private key")
    case (.server, .required) where configuration.verifyPeer == nil:
      throw refuse("a server that requires client certificates needs a peer verification")
    case (_, .required) where configuration.trustRoots.isEmpty:
      throw refuse("no trust root is configured, so that no peer could be accepted")
    case (_, .required), (.server, .none):
      break
    }
  }
}
