import Crypto
import Foundation
import SallyportCore
import SallyportIdentity
import SwiftASN1
import Testing
import X509

@Suite struct CertificateRequestTests {
  static func identity() throws -> GatewayIdentity {
    .worker(tenant: try TenantName("acme"), pool: try PoolName("linux"), id: .random())
  }

  static func der(_ request: CertificateSigningRequest) throws -> [UInt8] {
    var serializer = DER.Serializer()
    try serializer.serialize(request)
    return serializer.serializedBytes
  }

  @Test func acceptsOurOwnRequestAndKnowsItsKey() throws {
    let key = SigningKey.generate()
    let request = try CertificateRequest(verifying: key.certificateRequest())
    #expect(request.publicKeyFingerprint == key.publicKeyFingerprint)
    #expect(request.publicKeyFingerprint.utf8.count == 64)
  }

  @Test func takesNothingButTheKeyFromAGreedyRequest() throws {
    let key = P256.Signing.PrivateKey()
    let extensions = try Certificate.Extensions {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
      Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
      try ExtendedKeyUsage([.serverAuth, .any])
      SubjectAlternativeNames([
        .uniformResourceIdentifier("spiffe://gw.test/tenant/victim/operator/root"),
        .dnsName("*.example.com"), .dnsName("gateway.example.com"),
      ])
    }
    let greedy = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName { CommonName("gateway.example.com") },
      privateKey: Certificate.PrivateKey(key),
      attributes: CertificateSigningRequest.Attributes([
        .init(ExtensionRequest(extensions: extensions))
      ]))
    let identity = try Self.identity()
    let issued = try GatewayCA.create(trustDomain: "gw.test").issue(
      for: CertificateRequest(verifying: Self.der(greedy)), identity: identity)
    let leaf = try Certificate(derEncoded: issued.chain[0])
    #expect(leaf.publicKey == Certificate.PublicKey(key.publicKey))
    #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
    #expect(try leaf.extensions.keyUsage == KeyUsage(digitalSignature: true))
    #expect(try leaf.extensions.extendedKeyUsage.map(Array.init) == [.clientAuth])
    let names = try #require(try leaf.extensions.subjectAlternativeNames)
    #expect(
      Array(names)
        == [.uniformResourceIdentifier(try identity.spiffeID(trustDomain: "gw.test").uri)])
    #expect(!leaf.subject.description.contains("gateway.example.com"))
  }

  @Test func refusesASignatureByAnotherKey() throws {
    let honest = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName(),
      privateKey: Certificate.PrivateKey(P256.Signing.PrivateKey()),
      attributes: CertificateSigningRequest.Attributes())
    let forged = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName(),
      publicKey: Certificate.PublicKey(P256.Signing.PrivateKey().publicKey),
      attributes: CertificateSigningRequest.Attributes(),
      signatureAlgorithm: honest.signatureAlgorithm, signature: honest.signature)
    let der = try Self.der(forged)
    let error = #expect(throws: IdentityError.self) { try CertificateRequest(verifying: der) }
    #expect(error?.code == .invalidRequest)
  }

  @Test func refusesOtherCurves() throws {
    for key in [
      Certificate.PrivateKey(P384.Signing.PrivateKey()),
      Certificate.PrivateKey(P521.Signing.PrivateKey()),
      Certificate.PrivateKey(Curve25519.Signing.PrivateKey()),
    ] {
      let der = try Self.der(
        CertificateSigningRequest(
          version: .v1, subject: DistinguishedName(), privateKey: key,
          attributes: CertificateSigningRequest.Attributes()))
      let error = #expect(throws: IdentityError.self) { try CertificateRequest(verifying: der) }
      #expect(error?.code == .weakKey)
    }
  }

  @Test(arguments: [
    ["-newkey", "rsa:1024"], ["-newkey", "rsa:2048"],
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime192v1"],
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp224r1"],
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    [
      "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-pkeyopt",
      "ec_param_enc:explicit",
    ],
  ])
  func refusesWeakKeysMadeByOpenSSL(arguments: [String]) throws {
    let der = try opensslRequest(arguments)
    #expect(throws: IdentityError.self) { try CertificateRequest(verifying: der) }
  }

  @Test func acceptsARequestMadeByOpenSSL() throws {
    let der = try opensslRequest(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
    let request = try CertificateRequest(verifying: der)
    let issued = try GatewayCA.create(trustDomain: "gw.test").issue(
      for: request, identity: Self.identity())
    #expect(issued.publicKeyFingerprint == request.publicKeyFingerprint)
  }

  @Test func refusesWhatIsTooLargeWithoutParsingIt() {
    let error = #expect(throws: IdentityError.self) {
      try CertificateRequest(verifying: [UInt8](repeating: 0x30, count: 1 << 20))
    }
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains("1048576") == true)
  }

  @Test func noTruncationTrailingByteOrBitFlipProvesAnotherKey() throws {
    let key = SigningKey.generate()
    let der = try key.certificateRequest()
    for length in 0..<der.count {
      #expect(throws: IdentityError.self) {
        try CertificateRequest(verifying: Array(der[..<length]))
      }
    }
    #expect(throws: IdentityError.self) { try CertificateRequest(verifying: der + [0]) }
    for bit in 0..<der.count * 8 {
      var mutated = der
      mutated[bit / 8] ^= 1 << UInt8(bit % 8)
      // The count of unused bits at the signature's end is malleable where those bits are zero.
      guard let request = try? CertificateRequest(verifying: mutated) else { continue }
      #expect(request.publicKeyFingerprint == key.publicKeyFingerprint, "bit \(bit)")
    }
  }

  private func opensslRequest(_ arguments: [String]) throws -> [UInt8] {
    try withTemporaryDirectory { directory in
      let output = "\(directory)/request.der"
      try openssl(
        [
          "req", "-new", "-nodes", "-subj", "/CN=x", "-keyout", "\(directory)/key.pem",
          "-outform", "DER", "-out", output,
        ] + arguments)
      return Array(try Data(contentsOf: URL(fileURLWithPath: output)))
    }
  }
}
