import SallyportCore
import SallyportTLS
import SallyportTestSupport

/// Certificates of one made-up deployment, and the configurations that use them.
struct TestIdentities {
  let pki: TestPKI
  let server: TestCertificate
  let client: TestCertificate

  init(client: String = "spiffe://outer.test/worker/1") throws {
    pki = try TestPKI(name: "gateway CA")
    server = try pki.issue(
      TestLeaf(uris: ["spiffe://outer.test/gateway"], dnsNames: ["gateway.test"]))
    self.client = try pki.issue(TestLeaf(uris: [client]))
  }

  var serverTLS: TLSConfiguration { configuration(.server, server) }
  var clientTLS: TLSConfiguration { configuration(.client, client) }

  func configuration(
    _ role: TLSConfiguration.Role, _ certificate: TestCertificate
  ) -> TLSConfiguration {
    TLSConfiguration(
      role: role, certificateChain: certificate.chainDER, privateKey: certificate.privateKey,
      trustRoots: [pki.rootDER], verifyPeer: Self.identity)
  }

  /// Reads the one SPIFFE ID of test leaves, without a parser of certificates.
  static let identity: PeerVerification = { chain in
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

struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
