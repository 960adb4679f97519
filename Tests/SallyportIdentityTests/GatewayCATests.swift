import Crypto
import Foundation
import SallyportCore
import SallyportIdentity
import SwiftASN1
import Testing
import X509

@Suite struct GatewayCATests {
  static func workerIdentity() throws -> GatewayIdentity {
    .worker(tenant: try TenantName("acme"), pool: try PoolName("linux"), id: .random())
  }

  let ca: GatewayCA
  let key = SigningKey.generate()
  init() throws { ca = try GatewayCA.create(trustDomain: "gw.test") }

  func request() throws -> CertificateRequest {
    try CertificateRequest(verifying: key.certificateRequest())
  }

  @Test func issuedWorkerIsAcceptedByTheListenerAndNobodyElse() throws {
    let identity = try Self.workerIdentity()
    let issued = try ca.issue(for: request(), identity: identity)
    let peer = try PeerVerifier.outerClient(trustDomain: "gw.test", roles: [.worker])(issued.chain)
    #expect(GatewayIdentity(peer.spiffeID) == identity)
    #expect(peer.serialNumber == issued.serialNumber)
    #expect(peer.certificateFingerprint == issued.fingerprint)
    #expect(issued.publicKeyFingerprint == key.publicKeyFingerprint)
    #expect(key.matches(certificate: issued.chain[0]))
    #expect(throws: IdentityError.self) {
      try PeerVerifier.outerClient(trustDomain: "gw.test", roles: [.agent])(issued.chain)
    }
    #expect(throws: IdentityError.self) {
      try PeerVerifier.gatewayServer(trustDomain: "gw.test")(issued.chain)
    }
  }

  @Test func issuesEveryClientRoleAndNoGatewayClient() throws {
    let tenant = try TenantName("acme")
    for identity: GatewayIdentity in [
      .agent(tenant: tenant, pool: try PoolName("git"), id: .random()),
      .operatorNamed(tenant: tenant, name: try OperatorName("ann")),
    ] {
      let issued = try ca.issue(for: request(), identity: identity)
      #expect(GatewayIdentity(issued.spiffeID) == identity)
    }
    #expect(throws: IdentityError.self) { try ca.issue(for: request(), identity: .gateway) }
  }

  @Test func leafHasTheProfileOfAnSVID() throws {
    let issued = try ca.issue(for: request(), identity: Self.workerIdentity())
    let leaf = try Certificate(derEncoded: issued.chain[0])
    #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
    let usage = try #require(try leaf.extensions.keyUsage)
    #expect(usage == KeyUsage(digitalSignature: true))
    #expect(try leaf.extensions.extendedKeyUsage.map(Array.init) == [.clientAuth])
    let names = try #require(try leaf.extensions.subjectAlternativeNames)
    #expect(Array(names) == [.uniformResourceIdentifier(issued.spiffeID.uri)])
    #expect(leaf.serialNumber.bytes.count == 20)
    #expect(leaf.serialNumber.bytes.first.map { $0 & 0x80 } == 0)
    let root = try Certificate(derEncoded: ca.certificate)
    #expect(root.publicKey.isValidSignature(leaf.signature, for: leaf))
    #expect(try root.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
  }

  @Test func livesADayAndIsBackdatedForSlowClocks() throws {
    let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded() + 1_000)
    let issued = try ca.issue(for: request(), identity: Self.workerIdentity(), now: now)
    #expect(issued.notAfter == now + 86_400)
    #expect(issued.notBefore == now - 300)
    let short = try ca.issue(
      for: request(), identity: Self.workerIdentity(), lifetime: .seconds(60), now: now)
    #expect(short.notAfter == now + 60)
    #expect(short.notBefore == now - 6)
  }

  @Test func neverOutlivesTheCA() throws {
    let now = Date()
    let ca = try GatewayCA.create(trustDomain: "gw.test", lifetime: .seconds(3_600), now: now)
    let issued = try ca.issue(for: request(), identity: Self.workerIdentity(), now: now)
    let summary = try ca.summary()
    #expect(issued.notAfter == summary.notAfter)
    let error = #expect(throws: IdentityError.self) {
      try ca.issue(for: request(), identity: Self.workerIdentity(), now: now + 3_700)
    }
    #expect(error?.code == .expired)
  }

  @Test func serialNumbersDoNotRepeat() throws {
    let request = try request()
    let identity = try Self.workerIdentity()
    let serials = try (0..<50).map { _ in
      try ca.issue(for: request, identity: identity).serialNumber
    }
    #expect(Set(serials).count == serials.count)
  }

  /// A gateway that started while its clock was ahead would be refused by everybody until the clock
  /// has got there again.
  @Test(arguments: [
    (-1.0, true), (0, false), (49, false), (50, true), (100, true), (1_000, true),
  ])
  func ownCertificateIsReplacedAtHalfItsLifeAndWhenItIsOfTheFuture(
    second: Double, isToBeReplaced: Bool
  ) {
    let now = Date(timeIntervalSince1970: 1_000_000)
    #expect(
      CertificateLifetime.isToBeReplaced(from: now, to: now + 100, now: now + second)
        == isToBeReplaced)
  }

  @Test func serverCertificateCarriesTheDialledNames() throws {
    let names = try ServerNames(["gateway.example.com", "localhost", "127.0.0.1", "::1"])
    let issued = try ca.issueServer(for: request(), names: names)
    let leaf = try Certificate(derEncoded: issued.chain[0])
    let san = try #require(try leaf.extensions.subjectAlternativeNames)
    #expect(san.contains(.dnsName("gateway.example.com")))
    #expect(san.contains(.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))))
    #expect(try leaf.extensions.extendedKeyUsage.map(Array.init) == [.serverAuth])
    let peer = try PeerVerifier.gatewayServer(trustDomain: "gw.test")(issued.chain)
    #expect(GatewayIdentity(peer.spiffeID) == .gateway)
    #expect(throws: IdentityError.self) {
      try ca.issueServer(for: request(), names: ServerNames([]))
    }
  }

  @Test(arguments: [
    "*.example.com", "", "a..b", "UPPER.example", "-a.b", "a b", "a\0b", "1.2.3.4.5/8", "über.de",
    "a/b",
  ])
  func refusesServerName(name: String) {
    #expect(throws: IdentityError.self) { try ServerNames([name]) }
  }

  @Test(arguments: ["", "UPPER", "a b", "a/b", "spiffe://x", "ü"])
  func refusesTrustDomain(domain: String) {
    let error = #expect(throws: IdentityError.self) {
      try GatewayCA.create(trustDomain: domain)
    }
    #expect(error?.code == .invalidName)
  }

  @Test func savesAndLoads() throws {
    try withTemporaryDirectory { directory in
      let (key, certificate) = ("\(directory)/ca-key.pem", "\(directory)/ca.pem")
      try ca.save(keyPath: key, certificatePath: certificate)
      let loaded = try GatewayCA.load(keyPath: key, certificatePath: certificate)
      #expect(loaded.certificate == ca.certificate)
      #expect(loaded.trustDomain == "gw.test")
      #expect(try permissions(key) == 0o600)
      #expect(throws: IdentityError.self) {
        try ca.save(keyPath: key, certificatePath: certificate)
      }
    }
  }

  @Test func refusesAKeyOrCertificateThatIsNotTheCAs() throws {
    try withTemporaryDirectory { directory in
      let path = { (name: String) in "\(directory)/\(name)" }
      try ca.save(keyPath: path("key"), certificatePath: path("ca"))
      let other = try GatewayCA.create(trustDomain: "gw.test")
      try other.save(keyPath: path("other-key"), certificatePath: path("other-ca"))
      let mismatch = #expect(throws: IdentityError.self) {
        try GatewayCA.load(keyPath: path("other-key"), certificatePath: path("ca"))
      }
      #expect(mismatch?.code == .keyMismatch)
      #expect(mismatch?.message.contains(path("other-key")) == true)

      let leafKey = try PrivateKeyFile.create(path("leaf-key"))
      let leaf = try ca.issue(
        for: CertificateRequest(verifying: leafKey.certificateRequest()),
        identity: Self.workerIdentity())
      try CertificateFile.replace(path("leaf"), chain: leaf.chain)
      let notCA = #expect(throws: IdentityError.self) {
        try GatewayCA.load(keyPath: path("leaf-key"), certificatePath: path("leaf"))
      }
      #expect(notCA?.code == .invalidCertificate)
    }
  }
}
