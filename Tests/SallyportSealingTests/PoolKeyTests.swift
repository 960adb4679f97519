import Crypto
import FoundationEssentials
import SallyportCore
import SallyportIdentity
import SallyportTestSupport
import Subprocess
import SystemPackage
import Testing

@testable import SallyportSealing

/// Nothing can be sealed to a key that the customer's root has not certified for that very pool.
@Suite struct PoolKeyTests {
  private let root: TrustRoot
  private let key: SealingKey
  private let certificate: [UInt8]

  init() throws {
    root = try Samples.root()
    key = try SealingKey.generate()
    certificate = try root.certify(
      poolKey: key.publicKey.bytes, tenant: Samples.tenant, pool: Samples.pool)
  }

  private func poolKey(
    _ certificate: [UInt8], tenant: String = "acme", pool: String = "builders",
    roots: [[UInt8]]? = nil, now: Date = Date()
  ) throws(SealingError) -> PoolKey {
    try PoolKey(
      certificate: certificate, tenant: TenantName(unchecked: tenant),
      pool: PoolName(unchecked: pool), roots: roots ?? [root.certificate], now: now)
  }

  @Test func aCertifiedKeyIsAccepted() throws {
    let verified = try poolKey(certificate)
    #expect(verified.publicKey == key.publicKey)
    #expect(verified.certificate.trustDomain == "git.example.com")
    #expect(verified.certificate.notAfter > Date() + 364 * 86_400)
    let other = try Samples.root()
    #expect(try poolKey(certificate, roots: [other.certificate, root.certificate]) == verified)
  }

  @Test func aKeyThatAnotherRootCertifiedIsRefused() throws {
    let gateway = try TrustRoot.create(trustDomain: "git.example.com")
    let forged = try gateway.certify(
      poolKey: try SealingKey.generate().publicKey.bytes, tenant: Samples.tenant,
      pool: Samples.pool)
    let error = #expect(throws: SealingError.self) { try poolKey(forged) }
    #expect(error?.message.contains("not certified by your trust root") == true)
    #expect(throws: SealingError.self) { try poolKey(certificate, roots: []) }
  }

  @Test func theKeyCannotBeExchangedInACertificate() throws {
    let stranger = try SealingKey.generate().publicKey.bytes
    var changed = certificate
    let own = key.publicKey.bytes
    let start = try #require(
      changed.indices.first { changed[$0...].starts(with: own) })
    changed.replaceSubrange(start..<start + 32, with: stranger)
    #expect(throws: SealingError.self) { try poolKey(changed) }
  }

  @Test func theKeyOfAnotherPoolOrTenantIsRefused() throws {
    let error = #expect(throws: SealingError.self) { try poolKey(certificate, pool: "other") }
    #expect(error?.message.contains("pool 'builders' of tenant 'acme'") == true)
    #expect(throws: SealingError.self) { try poolKey(certificate, tenant: "other") }
  }

  @Test func aCertificateCountsOnlyWhileItIsValid() throws {
    let short = try root.certify(
      poolKey: key.publicKey.bytes, tenant: Samples.tenant, pool: Samples.pool,
      lifetime: .seconds(3_600))
    _ = try poolKey(short)
    #expect(throws: SealingError.self) { try poolKey(short, now: Date() + 3_601) }
    #expect(throws: SealingError.self) { try poolKey(short, now: Date() - 3_600) }
  }

  /// What else the root signs: the certificates of workers and agents, and its own.
  @Test func otherCertificatesOfTheRootAreRefused() throws {
    let signing = SigningKey.generate()
    let worker = try root.issue(
      for: try CertificateRequest(verifying: try signing.certificateRequest()),
      identity: .worker(try InnerName("w1")))
    for one in worker.chain + [root.certificate] {
      #expect(throws: SealingError.self) { try poolKey(one) }
    }
  }

  @Test func openSSLVerifiesTheCertificate() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/pool-key-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try root.save(keyPath: "\(folder)/key.pem", certificatePath: "\(folder)/root.pem")
    try CertificateFile.replace("\(folder)/pool.pem", chain: [certificate])
    let verified = try await run(
      .name("openssl"),
      arguments: [
        "verify", "-x509_strict", "-CAfile", "\(folder)/root.pem", "\(folder)/pool.pem",
      ], output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
    #expect(verified.terminationStatus.isSuccess, "\(verified.standardError)")
    let text = try await run(
      .name("openssl"), arguments: ["x509", "-in", "\(folder)/pool.pem", "-noout", "-text"],
      output: .string(limit: 1 << 16))
    for part in [
      "X25519", "Key Agreement", "CA:FALSE",
      "spiffe://git.example.com/tenant/acme/pool/builders/sealing",
    ] {
      #expect(text.standardOutput.contains(part))
    }
  }

  /// The signature's BIT STRING could say that its last bits, where these are zero, are not part of
  /// it.
  @Test func aSignatureOfFewerBitsIsRefused() throws {
    var found = 0
    while found < 3 {
      let one = try root.certify(
        poolKey: key.publicKey.bytes, tenant: Samples.tenant, pool: Samples.pool)
      guard let last = one.last, last & 1 == 0 else { continue }
      found += 1
      // Up to the end of the certificate; no unused bits; a SEQUENCE.
      let start = try #require(
        one.indices.first {
          one[$0...].starts(with: [0x03, UInt8(truncatingIfNeeded: one.count - $0 - 2), 0, 0x30])
        })
      var changed = one
      changed[start + 2] = 1
      #expect(throws: SealingError.self) { try poolKey(changed) }
    }
  }

  /// Every single bit of it counts, and nothing traps.
  @Test func noChangedCertificateIsAccepted() throws {
    for index in certificate.indices {
      var changed = certificate
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(throws: SealingError.self, "byte \(index)") { try poolKey(changed) }
      #expect(throws: SealingError.self) { try poolKey(Array(certificate[..<index])) }
    }
    #expect(throws: SealingError.self) { try poolKey(certificate + [0]) }
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      var changed = certificate
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        changed[Int.random(in: 0..<changed.count, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
      if changed != certificate { #expect(throws: SealingError.self) { try poolKey(changed) } }
    }
  }
}
