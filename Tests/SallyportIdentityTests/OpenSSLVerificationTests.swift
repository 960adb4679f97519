import Foundation
import SallyportCore
import SallyportIdentity
import Testing

/// What we issue, judged by a verifier that nobody here wrote.
@Suite struct OpenSSLVerificationTests {
  func verify(_ leaf: IssuedCertificate, root: [UInt8], purpose: String, extra: [String] = [])
    throws
  {
    try withTemporaryDirectory { directory in
      let (ca, certificate) = ("\(directory)/ca.pem", "\(directory)/leaf.pem")
      try CertificateFile.replace(ca, chain: [root])
      try CertificateFile.replace(certificate, chain: leaf.chain)
      try openssl(
        ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", ca, "-purpose", purpose]
          + extra + [certificate])
    }
  }

  func request() throws -> CertificateRequest {
    try CertificateRequest(verifying: SigningKey.generate().certificateRequest())
  }

  @Test func outerCertificatesServeTheirPurposeOnly() throws {
    let ca = try GatewayCA.create(trustDomain: "gw.test")
    let worker = try ca.issue(
      for: request(),
      identity: .worker(tenant: TenantName("acme"), pool: PoolName("linux"), id: .random()))
    try verify(worker, root: ca.certificate, purpose: "sslclient")
    #expect(throws: CommandFailure.self) {
      try verify(worker, root: ca.certificate, purpose: "sslserver")
    }
    let server = try ca.issueServer(
      for: request(), names: ServerNames(["gateway.example.com", "127.0.0.1"]))
    for extra in [["-verify_hostname", "gateway.example.com"], ["-verify_ip", "127.0.0.1"]] {
      try verify(server, root: ca.certificate, purpose: "sslserver", extra: extra)
    }
    #expect(throws: CommandFailure.self) {
      try verify(
        server, root: ca.certificate, purpose: "sslserver",
        extra: ["-verify_hostname", "other.example.com"])
    }
    #expect(throws: CommandFailure.self) {
      try verify(
        worker, root: GatewayCA.create(trustDomain: "gw.test").certificate,
        purpose: "sslclient")
    }
  }

  @Test func innerCertificatesServeTheirPurposeOnly() throws {
    let root = try TrustRoot.create(trustDomain: "git.acme")
    let worker = try root.issue(for: request(), identity: .worker(InnerName("w1")))
    let agent = try root.issue(for: request(), identity: .agent(InnerName("a1")))
    try verify(worker, root: root.certificate, purpose: "sslclient")
    try verify(agent, root: root.certificate, purpose: "sslserver")
    #expect(throws: CommandFailure.self) {
      try verify(agent, root: root.certificate, purpose: "sslclient")
    }
    #expect(throws: CommandFailure.self) {
      try verify(worker, root: root.certificate, purpose: "sslserver")
    }
  }

  @Test func keyFilesAreReadableByOpenSSL() throws {
    try withTemporaryDirectory { directory in
      let key = try PrivateKeyFile.create("\(directory)/key.pem")
      let spki = "\(directory)/spki.der"
      try openssl([
        "pkey", "-in", "\(directory)/key.pem", "-pubout", "-outform", "DER", "-out", spki,
      ])
      let digest = try openssl(["dgst", "-sha256", "-r", spki])
      #expect(digest.hasPrefix(key.publicKeyFingerprint))
    }
  }

  @Test func loadsKeysThatOpenSSLWrote() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/key.pem"
      try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path])
      #expect(throws: Never.self) { _ = try PrivateKeyFile.load(path) }
      try openssl(["genrsa", "-out", path, "2048"])
      let error = #expect(throws: IdentityError.self) { try PrivateKeyFile.load(path) }
      #expect(error?.message.contains(path) == true)
    }
  }
}
