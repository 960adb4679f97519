import Crypto
package import FoundationEssentials
package import SallyportCore
import X509

extension TrustRoot {
  /// Certifies an X25519 key as the one to which secrets of a worker pool are sealed.
  ///
  /// - Parameter publicKey: Its 32 bytes (RFC 7748).
  /// - Returns: DER, for ``PoolKeyCertificate``.
  /// - Throws: ``IdentityError``.
  package func certify(
    poolKey publicKey: [UInt8], tenant: TenantName, pool: PoolName,
    lifetime: Duration = CertificateLifetime.poolKey, now: Date = Date()
  ) throws(IdentityError) -> [UInt8] {
    guard publicKey.count == 32 else {
      throw IdentityError(.weakKey, "an X25519 public key has 32 bytes, not \(publicKey.count)")
    }
    do {
      let id = try SPIFFEID(
        trustDomain: trustDomain,
        segments: ["tenant", tenant.rawValue, "pool", pool.rawValue, "sealing"])
      return try issuer.certify(
        keyInfo: PoolKeyCertificate.publicKeyPrefix + publicKey, id: id,
        commonName: "\(pool) sealing", lifetime: lifetime, now: now)
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(.invalidCertificate, "cannot certify the pool key", cause: error)
    }
  }
}

extension CertificateAuthority {
  fileprivate func certify(
    keyInfo: [UInt8], id: SPIFFEID, commonName: String, lifetime: Duration, now: Date
  ) throws -> [UInt8] {
    guard now < certificate.notValidAfter, now >= certificate.notValidBefore else {
      throw IdentityError(
        .expired, "the trust root is not valid now: check the clock or make a new one")
    }
    let own = Certificate.PublicKey(key.key.publicKey)
    let keyID = Array(SHA256.hash(data: keyInfo.suffix(32)))
    let template = try Certificate(
      version: .v3, serialNumber: Self.randomSerialNumber(), publicKey: own,
      notValidBefore: max(
        now - CertificateLifetime.backdate(for: lifetime).timeInterval, certificate.notValidBefore),
      notValidAfter: min(now + lifetime.timeInterval, certificate.notValidAfter),
      issuer: certificate.subject, subject: DistinguishedName { CommonName(commonName) },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(keyAgreement: true))
        SubjectAlternativeNames([.uniformResourceIdentifier(id.uri)])
        // RFC 7093, section 2, method 1.
        SubjectKeyIdentifier(keyIdentifier: keyID[..<20])
        AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: own).keyIdentifier)
      },
      issuerPrivateKey: Certificate.PrivateKey(key.key))
    let parts = try KeySubstitution(der: Self.serialize(template))
    let signature = try key.key.signature(for: try parts.signedPart(with: keyInfo))
    return try parts.certificate(
      with: keyInfo, signature: Array(signature.derRepresentation))
  }
}
