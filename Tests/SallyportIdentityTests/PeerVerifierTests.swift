import Foundation
import SallyportCore
import SallyportIdentity
import SallyportTestSupport
import Testing
import X509

@Suite struct PeerVerifierTests {
  static let workerURI =
    "spiffe://gw.test/tenant/acme/pool/linux/worker/00112233445566778899aabbccddeeff"

  let pki: TestPKI
  init() throws { pki = try TestPKI() }

  func worker(_ bend: (TestLeaf) -> TestLeaf = { $0 }) throws -> [[UInt8]] {
    try pki.issue(bend(TestLeaf(uris: [Self.workerURI]))).chainDER
  }

  static let agentsListener = PeerVerifier.outerClient(
    trustDomain: "gw.test", roles: [.worker, .agent])

  @Test func acceptsAWorkerAndReportsItsCertificate() throws {
    let chain = try worker()
    let peer = try Self.agentsListener(chain)
    let summary = try CertificateSummary(der: chain[0])
    #expect(peer.spiffeID.uri == Self.workerURI)
    #expect(peer.certificateFingerprint == summary.fingerprint)
    #expect(peer.serialNumber == summary.serialNumber)
    #expect(peer.notAfter == Int64(summary.notAfter.timeIntervalSince1970))
  }

  static let bends: [(String, @Sendable (TestLeaf) -> TestLeaf)] = [
    ("CA:true", { $0.certificateAuthority() }),
    ("keyCertSign", { $0.withKeyCertSign() }),
    (
      "cRLSign",
      {
        var leaf = $0
        leaf.keyUsage = KeyUsage(digitalSignature: true, cRLSign: true)
        return leaf
      }
    ),
    ("no digitalSignature", { $0.withoutDigitalSignature() }),
    (
      "no keyUsage",
      {
        var leaf = $0
        leaf.keyUsage = nil
        return leaf
      }
    ),
    ("serverAuth only", { $0.serverAuthOnly() }),
    (
      "anyExtendedKeyUsage only",
      {
        var leaf = $0
        leaf.extendedKeyUsage = [.any]
        return leaf
      }
    ),
    ("two URI names", { $0.withURIs([workerURI, workerURI]) }),
    ("no URI name", { $0.withURIs([]) }),
    ("root path", { $0.withURIs(["spiffe://gw.test"]) }),
    ("root path with a slash", { $0.withURIs(["spiffe://gw.test/"]) }),
    (
      "other trust domain",
      { $0.withURIs([workerURI.replacingOccurrences(of: "gw.test", with: "evil.test")]) }
    ),
    (
      "trust domain in capitals",
      { $0.withURIs([workerURI.replacingOccurrences(of: "gw.test", with: "GW.test")]) }
    ),
    (
      "scheme in capitals",
      { $0.withURIs([workerURI.replacingOccurrences(of: "spiffe", with: "SPIFFE")]) }
    ),
    (
      "percent-encoding",
      { $0.withURIs([workerURI.replacingOccurrences(of: "acme", with: "a%63me")]) }
    ),
    (
      "dot segments",
      { $0.withURIs([workerURI.replacingOccurrences(of: "acme", with: "acme/../other")]) }
    ),
    ("query", { $0.withURIs([workerURI + "?a=b"]) }),
    (
      "user info",
      { $0.withURIs([workerURI.replacingOccurrences(of: "gw.test", with: "a@gw.test")]) }
    ),
    ("port", { $0.withURIs([workerURI.replacingOccurrences(of: "gw.test", with: "gw.test:1")]) }),
    ("unknown path", { $0.withURIs(["spiffe://gw.test/tenant/acme"]) }),
    ("trailing segment", { $0.withURIs([workerURI + "/more"]) }),
    ("an operator", { $0.withURIs(["spiffe://gw.test/tenant/acme/operator/ann"]) }),
    ("the gateway", { $0.withURIs(["spiffe://gw.test/gateway"]) }),
    ("unknown critical extension", { $0.withUnknownCriticalExtension() }),
    ("expired", { $0.expired() }),
    ("expired a second ago", { $0.validity(from: -60, to: -1) }),
    ("not yet valid", { $0.notYetValid() }),
    ("begins in a moment", { $0.validity(from: 20, to: 86_400) }),
  ]

  @Test(arguments: bends.indices) func refuses(index: Int) throws {
    let (name, bend) = Self.bends[index]
    let chain = try worker(bend)
    #expect(throws: IdentityError.self, "\(name)") { try Self.agentsListener(chain) }
  }

  @Test(arguments: [(-1.0, 86_400.0), (-60, 20)])
  func acceptsWithinTheValidity(from: Double, to: Double) throws {
    #expect(throws: Never.self) {
      _ = try Self.agentsListener(worker { $0.validity(from: from, to: to) })
    }
  }

  @Test func acceptsALeafWithoutExtendedKeyUsage() throws {
    let chain = try worker {
      var leaf = $0
      leaf.extendedKeyUsage = []
      return leaf
    }
    #expect(throws: Never.self) { _ = try Self.agentsListener(chain) }
  }

  @Test(arguments: [[], [[]], [[0x30]], [[UInt8](repeating: 0x30, count: 20_000)]] as [[[UInt8]]])
  func refusesWhatIsNoCertificate(chain: [[UInt8]]) {
    #expect(throws: IdentityError.self) { try Self.agentsListener(chain) }
  }

  @Test func everyTruncationAndBitFlipIsRefusedOrTheSamePeer() throws {
    let der = try worker()[0]
    for length in 0..<der.count {
      #expect(throws: IdentityError.self) { try Self.agentsListener([Array(der[..<length])]) }
    }
    for index in der.indices {
      var mutated = der
      mutated[index] ^= 1 << UInt8(index % 8)
      // The signature is the TLS engine's to check. Whatever parses must not have become
      // somebody of another kind.
      guard let peer = try? Self.agentsListener([mutated]) else { continue }
      #expect(peer.spiffeID.trustDomain == "gw.test")
      #expect(peer.spiffeID.segments.count == 6)
    }
  }

  @Test func theOperatorListenerServesOperatorsOnly() throws {
    let verify = PeerVerifier.outerClient(trustDomain: "gw.test", roles: [.operatorNamed])
    let ann = TestLeaf(uris: ["spiffe://gw.test/tenant/acme/operator/ann"])
    #expect(throws: Never.self) { _ = try verify(pki.issue(ann).chainDER) }
    #expect(throws: IdentityError.self) { try verify(worker()) }
  }

  @Test func clientsAcceptTheGatewayOnly() throws {
    let gateway = try pki.issue(TestLeaf(uris: ["spiffe://gw.test/gateway"])).chainDER
    let other = try pki.issue(TestLeaf(uris: ["spiffe://other.test/gateway"])).chainDER
    let client = try pki.issue(TestLeaf(uris: ["spiffe://gw.test/gateway"]).clientAuthOnly())
      .chainDER
    let enrolled = PeerVerifier.gatewayServer(trustDomain: "gw.test")
    let enrolling = PeerVerifier.gatewayServer(trustDomain: nil)
    #expect(throws: Never.self) {
      _ = try enrolled(gateway)
      _ = try enrolling(gateway)
      _ = try enrolling(other)
    }
    #expect(throws: IdentityError.self) { try enrolled(other) }
    #expect(throws: IdentityError.self) { try enrolled(client) }
    #expect(throws: IdentityError.self) { try enrolled(worker()) }
    #expect(throws: IdentityError.self) { try enrolling(worker()) }
  }

  @Test func innerPeersAcceptTheOtherKindOnly() throws {
    let worker = try pki.issue(TestLeaf(uris: ["spiffe://git.acme/worker/w1"])).chainDER
    let agent = try pki.issue(TestLeaf(uris: ["spiffe://git.acme/vcs-agent/a1"])).chainDER
    let outsider = try pki.issue(TestLeaf(uris: ["spiffe://git.evil/vcs-agent/a1"])).chainDER
    let acceptsWorkers = PeerVerifier.innerWorker(trustDomain: "git.acme")
    let acceptsAgents = PeerVerifier.innerAgent(trustDomain: "git.acme")
    #expect(throws: Never.self) {
      _ = try acceptsWorkers(worker)
      _ = try acceptsAgents(agent)
    }
    #expect(throws: IdentityError.self) { try acceptsWorkers(agent) }
    #expect(throws: IdentityError.self) { try acceptsAgents(worker) }
    #expect(throws: IdentityError.self) { try acceptsAgents(outsider) }
    #expect(throws: IdentityError.self) { try acceptsAgents(self.worker()) }
  }

  @Test func usageBindsAnInnerCertificateToItsRole() throws {
    let serverWorker = TestLeaf(uris: ["spiffe://git.acme/worker/w1"]).serverAuthOnly()
    let clientAgent = TestLeaf(uris: ["spiffe://git.acme/vcs-agent/a1"]).clientAuthOnly()
    #expect(throws: IdentityError.self) {
      try PeerVerifier.innerWorker(trustDomain: "git.acme")(pki.issue(serverWorker).chainDER)
    }
    #expect(throws: IdentityError.self) {
      try PeerVerifier.innerAgent(trustDomain: "git.acme")(pki.issue(clientAgent).chainDER)
    }
  }
}
