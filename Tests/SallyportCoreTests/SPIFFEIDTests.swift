import SallyportCore
import Testing

@Suite struct SPIFFEIDTests {
  @Test(arguments: [
    "spiffe://example.org/a", "spiffe://a.b-c_d.1/tenant/t/pool/p/worker/x", "spiffe://td/A.b-_9",
  ])
  func acceptsAndPrintsUnchanged(_ uri: String) throws {
    #expect(try SPIFFEID(parsing: uri).uri == uri)
  }

  @Test(arguments: [
    ("https://example.org/a", SPIFFEIDError.Code.wrongScheme),
    ("SPIFFE://example.org/a", .wrongScheme),
    ("spiffe://", .invalidTrustDomain),
    ("spiffe://Example.org/a", .invalidTrustDomain),
    ("spiffe://user@example.org/a", .invalidTrustDomain),
    ("spiffe://example.org:443/a", .invalidTrustDomain),
    ("spiffe://example.org", .missingPath),
    ("spiffe://example.org/", .invalidPath),
    ("spiffe://example.org/a/", .invalidPath),
    ("spiffe://example.org//a", .invalidPath),
    ("spiffe://example.org/a/../b", .invalidPath),
    ("spiffe://example.org/a/./b", .invalidPath),
    ("spiffe://example.org/a%2fb", .invalidPath),
    ("spiffe://example.org/a?b", .invalidPath),
    ("spiffe://example.org/a#b", .invalidPath),
    ("spiffe://example.org/a\0b", .invalidPath),
    ("spiffe://example.org/\u{e4}", .invalidPath),
  ])
  func refuses(_ uri: String, _ code: SPIFFEIDError.Code) {
    let error = #expect(throws: SPIFFEIDError.self) { try SPIFFEID(parsing: uri) }
    #expect(error?.code == code)
  }

  @Test func refusesMoreThan2048Bytes() {
    let uri = "spiffe://example.org/" + String(repeating: "a", count: 2_048)
    #expect(throws: SPIFFEIDError.self) { try SPIFFEID(parsing: uri) }
  }
}

@Suite struct GatewayIdentityTests {
  @Test func everyFormSurvivesARoundTrip() throws {
    let tenant = try TenantName("acme")
    let pool = try PoolName("builders")
    let identities: [GatewayIdentity] = [
      .worker(tenant: tenant, pool: pool, id: .random()),
      .agent(tenant: tenant, pool: pool, id: .random()),
      .operatorNamed(tenant: tenant, name: try OperatorName("alice")),
      .gateway,
    ]
    for identity in identities {
      #expect(GatewayIdentity(try identity.spiffeID(trustDomain: "gateway.example")) == identity)
    }
  }

  @Test(arguments: [
    "spiffe://td/tenant/acme",
    "spiffe://td/tenant/acme/pool/p",
    "spiffe://td/tenant/acme/pool/p/worker",
    "spiffe://td/tenant/acme/pool/p/worker/not-an-id",
    "spiffe://td/tenant/acme/pool/p/robot/0123456789abcdef0123456789abcdef",
    "spiffe://td/tenant/ACME/operator/alice",
    "spiffe://td/tenant/acme/operator/alice/extra",
    "spiffe://td/gateway/2",
    "spiffe://td/worker/0123456789abcdef0123456789abcdef",
  ])
  func otherPathsNameNobody(_ uri: String) throws {
    #expect(GatewayIdentity(try SPIFFEID(parsing: uri)) == nil)
  }
}
