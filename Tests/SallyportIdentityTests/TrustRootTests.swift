import Foundation
import SallyportCore
import SallyportIdentity
import Testing

@Suite struct TrustRootTests {
  let root: TrustRoot
  init() throws { root = try TrustRoot.create(trustDomain: "git.acme") }

  func request() throws -> CertificateRequest {
    try CertificateRequest(verifying: SigningKey.generate().certificateRequest())
  }

  @Test func workersAndAgentsAcceptEachOtherAndNotTheirOwnKind() throws {
    let worker = try root.issue(for: request(), identity: .worker(InnerName("w1"))).chain
    let agent = try root.issue(for: request(), identity: .agent(InnerName("a1"))).chain
    let acceptsWorkers = PeerVerifier.innerWorker(trustDomain: root.trustDomain)
    let acceptsAgents = PeerVerifier.innerAgent(trustDomain: root.trustDomain)
    #expect(try acceptsWorkers(worker).spiffeID.uri == "spiffe://git.acme/worker/w1")
    #expect(try acceptsAgents(agent).spiffeID.uri == "spiffe://git.acme/vcs-agent/a1")
    #expect(throws: IdentityError.self) { try acceptsWorkers(agent) }
    #expect(throws: IdentityError.self) { try acceptsAgents(worker) }
  }

  @Test func aRootOfTheSameNameButAnotherDomainIsRefused() throws {
    let other = try TrustRoot.create(trustDomain: "git.evil")
    let agent = try other.issue(for: request(), identity: .agent(InnerName("a1"))).chain
    #expect(throws: IdentityError.self) {
      try PeerVerifier.innerAgent(trustDomain: root.trustDomain)(agent)
    }
  }

  @Test func livesNinetyDays() throws {
    let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded() + 1_000)
    let issued = try root.issue(for: request(), identity: .worker(InnerName("w1")), now: now)
    #expect(issued.notAfter == now + 90 * 86_400)
  }

  @Test func savesAndLoadsWithASecretKey() throws {
    try withTemporaryDirectory { directory in
      let (key, certificate) = ("\(directory)/root-key.pem", "\(directory)/root.pem")
      try root.save(keyPath: key, certificatePath: certificate)
      #expect(try permissions(key) == 0o600)
      #expect(try permissions(certificate) == 0o644)
      let loaded = try TrustRoot.load(keyPath: key, certificatePath: certificate)
      #expect(try loaded.summary() == root.summary())
      #expect(loaded.trustDomain == "git.acme")
    }
  }

  @Test func summaryIsWhatPeopleCompare() throws {
    let summary = try root.summary()
    #expect(summary.fingerprint.utf8.count == 64)
    #expect(summary.spiffeID == nil)
    #expect(summary.notAfter.timeIntervalSinceNow > 9.9 * 365 * 86_400)
  }
}
