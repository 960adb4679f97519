package import SallyportCore
package import SallyportTLS
package import SallyportTestSupport

/// Certificates of one made-up deployment, and the configurations that use them.
package struct TestIdentities: Sendable {
  package let pki: TestPKI
  package let server: TestCertificate
  package let client: TestCertificate

  /// - Parameter client: The SPIFFE ID of the client's certificate.
  package init(client: String = "spiffe://outer.test/worker/1") throws {
    pki = try TestPKI(name: "gateway CA")
    server = try pki.issue(
      TestLeaf(uris: ["spiffe://outer.test/gateway"], dnsNames: ["gateway.test"]))
    self.client = try pki.issue(TestLeaf(uris: [client]))
  }

  package var serverTLS: TLSConfiguration { configuration(.server, server) }
  package var clientTLS: TLSConfiguration { configuration(.client, client) }

  package func configuration(
    _ role: TLSConfiguration.Role, _ certificate: TestCertificate
  ) -> TLSConfiguration {
    TLSConfiguration(
      role: role, certificateChain: certificate.chainDER, privateKey: certificate.privateKey,
      trustRoots: [pki.rootDER], verifyPeer: Self.identity)
  }

  /// Reads the one SPIFFE ID of test leaves, without a parser of certificates.
  package static let identity: PeerVerification = { chain in
    let leaf = chain.first ?? []
    let scheme = Array("spiffe://".utf8)
    for start in leaf.indices.dropFirst()
    where leaf[start...].starts(with: scheme) {
      let length = Int(leaf[start - 1])
      let text = String(decoding: leaf[start..<min(start + length, leaf.count)], as: UTF8.self)
      return PeerIdentity(
        spiffeID: try SPIFFEID(parsing: text), certificateFingerprint: "", serialNumber: "",
        notAfter: 0)
    }
    throw TestFailure("no SPIFFE ID in the certificate")
  }
}
