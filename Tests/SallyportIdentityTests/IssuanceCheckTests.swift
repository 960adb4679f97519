import Foundation
import SallyportCore
import SallyportIdentity
import SallyportTestSupport
import Testing

@Suite struct IssuanceCheckTests {
  let ca: GatewayCA
  let key = SigningKey.generate()
  let worker: GatewayIdentity
  init() throws {
    ca = try GatewayCA.create(trustDomain: "gw.test")
    worker = .worker(tenant: try TenantName("acme"), pool: try PoolName("p"), id: .random())
  }

  func issue(_ identity: GatewayIdentity? = nil, key: SigningKey? = nil) throws -> [[UInt8]] {
    try ca.issue(
      for: CertificateRequest(verifying: (key ?? self.key).certificateRequest()),
      identity: identity ?? worker
    ).chain
  }

  func check(
    _ chain: [[UInt8]], roots: [[UInt8]]? = nil, role: OuterRole = .worker,
    expected: SPIFFEID? = nil, now: Date = Date()
  ) throws {
    _ = try IssuanceCheck.verify(
      chain: chain, roots: roots ?? [ca.certificate], key: key, role: role, expected: expected,
      now: now)
  }

  @Test func acceptsWhatTheGatewayIssued() throws {
    let chain = try issue()
    try check(chain)
    try check(chain, expected: worker.spiffeID(trustDomain: "gw.test"))
    let old = try GatewayCA.create(trustDomain: "gw.test").certificate
    try check(chain, roots: [old, ca.certificate])
  }

  @Test func aHostWhoseClockIsBehindStillEnrolls() throws {
    try check(issue(), now: Date() - 3_600)
  }

  @Test func refusesEverythingElse() throws {
    let chain = try issue()
    let agent = GatewayIdentity.agent(
      tenant: try TenantName("acme"), pool: try PoolName("p"), id: .random())
    let foreign = try GatewayCA.create(trustDomain: "gw.test").certificate
    #expect(throws: IdentityError.self) { try check([]) }
    #expect(throws: IdentityError.self) { try check(chain, roots: []) }
    #expect(throws: IdentityError.self) { try check(issue(key: .generate())) }
    #expect(throws: IdentityError.self) { try check(chain, roots: [foreign]) }
    #expect(throws: IdentityError.self) { try check(chain + chain) }
    #expect(throws: IdentityError.self) { try check(issue(agent)) }
    #expect(throws: IdentityError.self) { try check(chain, now: Date() + 90_000) }
    #expect(throws: IdentityError.self) { try check(chain, roots: [chain[0]]) }
    #expect(throws: IdentityError.self) {
      try check(chain, expected: agent.spiffeID(trustDomain: "gw.test"))
    }
    #expect(throws: IdentityError.self) {
      try check(chain, roots: Array(repeating: ca.certificate, count: 9))
    }
    #expect(throws: IdentityError.self) { try check([[1, 2, 3]]) }
  }

  @Test func aTamperedLeafIsNotSigned() throws {
    var chain = try issue()
    // The last bytes are those of the signature.
    chain[0][chain[0].count - 1] ^= 1
    let tampered = chain
    #expect(throws: IdentityError.self) { try check(tampered) }
  }
}
