import SallyportCore
import SallyportTLS
import SallyportTestSupport

/// An authority with one good certificate for each side.
struct TestWorld {
  static let clientURI = "spiffe://test.example/worker/1"
  static let serverURI = "spiffe://test.example/gateway"

  let pki: TestPKI
  let client: TestCertificate
  let server: TestCertificate

  static let clientLeaf = TestLeaf(uris: [clientURI])
  static let serverLeaf = TestLeaf(
    uris: [serverURI], dnsNames: ["gateway.test"], ipAddresses: [[127, 0, 0, 1]])

  init() throws {
    pki = try TestPKI()
    client = try pki.issue(Self.clientLeaf)
    server = try pki.issue(Self.serverLeaf)
  }

  func clientConfiguration(
    _ certificate: TestCertificate? = nil, verifyPeer: PeerVerification? = accept(serverURI)
  ) -> TLSConfiguration {
    let certificate = certificate ?? client
    return TLSConfiguration(
      role: .client, certificateChain: certificate.chainDER, privateKey: certificate.privateKey,
      trustRoots: [pki.rootDER], verifyPeer: verifyPeer)
  }

  func serverConfiguration(
    _ certificate: TestCertificate? = nil, verifyPeer: PeerVerification? = accept(clientURI)
  ) -> TLSConfiguration {
    let certificate = certificate ?? server
    return TLSConfiguration(
      role: .server, certificateChain: certificate.chainDER, privateKey: certificate.privateKey,
      trustRoots: [pki.rootDER], verifyPeer: verifyPeer)
  }

  /// A client that has not enrolled: no certificate.
  func anonymousClient() -> TLSConfiguration {
    TLSConfiguration(role: .client, trustRoots: [pki.rootDER])
  }

  func pair(delivery: EnginePair.Delivery = .whole) throws -> EnginePair {
    try EnginePair(clientConfiguration(), serverConfiguration(), delivery: delivery)
  }

  /// A pair that has finished its handshake.
  func connectedPair(delivery: EnginePair.Delivery = .whole) throws -> EnginePair {
    var pair = try pair(delivery: delivery)
    let outcome = pair.run()
    if let error = outcome.client ?? outcome.server { throw error }
    return pair
  }
}

/// Takes every verified chain for the same peer.
func accept(_ uri: String) -> PeerVerification {
  { chain in
    PeerIdentity(
      spiffeID: try SPIFFEID(parsing: uri), certificateFingerprint: "\(chain.count) certificates",
      serialNumber: "01", notAfter: 0)
  }
}
