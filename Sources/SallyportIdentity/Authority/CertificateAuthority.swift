import Crypto
import FoundationEssentials
internal import SallyportBytes
import SallyportCore
import SwiftASN1
import X509

/// A self-signed P-256 root and the key that issues leaves directly below it: what the gateway CA
/// and the trust root have in common.
struct CertificateAuthority: Sendable {
  let key: SigningKey
  let certificate: Certificate
  let der: [UInt8]
  /// The host part of the SPIFFE IDs that this authority issues; its own certificate says it.
  let trustDomain: String

  /// Loads an authority and refuses a certificate that could not have issued anything.
  init(key: SigningKey, der: [UInt8]) throws(IdentityError) {
    let parsed = try LeafCertificate(der: der)
    let certificate = parsed.certificate
    guard certificate.publicKey == Certificate.PublicKey(key.key.publicKey) else {
      throw IdentityError(.keyMismatch, "the key is not that of the CA certificate")
    }
    guard case .isCertificateAuthority = try parsed.read({ try $0.basicConstraints }),
      try parsed.read({ try $0.keyUsage })?.keyCertSign == true
    else {
      throw IdentityError(.invalidCertificate, "the certificate is not that of a CA")
    }
    let scheme = "spiffe://"
    let uris = try parsed.uris()
    guard uris.count == 1, uris[0].hasPrefix(scheme) else {
      throw IdentityError(
        .invalidCertificate, "the CA certificate does not name its trust domain (spiffe://<domain>)"
      )
    }
    trustDomain = String(uris[0].dropFirst(scheme.count))
    try Self.check(trustDomain: trustDomain)
    self.key = key
    self.certificate = certificate
    self.der = der
  }

  /// Makes a key and a self-signed certificate for it.
  static func create(
    trustDomain: String, commonName: String, lifetime: Duration, now: Date
  ) throws(IdentityError) -> CertificateAuthority {
    try check(trustDomain: trustDomain)
    let key = SigningKey.generate()
    let publicKey = Certificate.PublicKey(key.key.publicKey)
    do {
      let name = try DistinguishedName { CommonName(commonName) }
      let certificate = try Certificate(
        version: .v3, serialNumber: randomSerialNumber(), publicKey: publicKey,
        notValidBefore: now - CertificateLifetime.backdate(for: lifetime).timeInterval,
        notValidAfter: now + lifetime.timeInterval, issuer: name, subject: name,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
          Critical(KeyUsage(keyCertSign: true, cRLSign: true))
          SubjectKeyIdentifier(hash: publicKey)
          SubjectAlternativeNames([.uniformResourceIdentifier("spiffe://\(trustDomain)")])
        },
        issuerPrivateKey: Certificate.PrivateKey(key.key))
      return try CertificateAuthority(key: key, der: serialize(certificate))
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(.invalidCertificate, "cannot make a CA certificate", cause: error)
    }
  }

  /// Issues a leaf that never outlives the authority.
  ///
  /// - Throws: ``IdentityError/Code/expired`` where the authority itself is not valid at `now`.
  func issue(
    _ profile: LeafProfile, for request: CertificateRequest, now: Date
  ) throws(IdentityError) -> IssuedCertificate {
    guard now < certificate.notValidAfter, now >= certificate.notValidBefore else {
      throw IdentityError(
        .expired,
        "the CA certificate is valid from \(certificate.notValidBefore) to "
          + "\(certificate.notValidAfter) only: check the clock or make a new CA")
    }
    let publicKey = Certificate.PublicKey(request.publicKey)
    let backdate = CertificateLifetime.backdate(for: profile.lifetime)
    let names =
      [.uniformResourceIdentifier(profile.spiffeID.uri)] + profile.serverNames.generalNames
    do {
      let leaf = try Certificate(
        version: .v3, serialNumber: Self.randomSerialNumber(), publicKey: publicKey,
        notValidBefore: max(now - backdate.timeInterval, certificate.notValidBefore),
        notValidAfter: min(now + profile.lifetime.timeInterval, certificate.notValidAfter),
        issuer: certificate.subject, subject: DistinguishedName { CommonName(profile.commonName) },
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage([profile.usage == .client ? .clientAuth : .serverAuth])
          SubjectAlternativeNames(names)
          SubjectKeyIdentifier(hash: publicKey)
          AuthorityKeyIdentifier(
            keyIdentifier: SubjectKeyIdentifier(
              hash: Certificate.PublicKey(key.key.publicKey)
            ).keyIdentifier)
        },
        issuerPrivateKey: Certificate.PrivateKey(key.key))
      let der = try Self.serialize(leaf)
      let parsed = try LeafCertificate(der: der)
      return IssuedCertificate(
        chain: [der], spiffeID: profile.spiffeID, serialNumber: parsed.serialNumber,
        fingerprint: parsed.fingerprint, publicKeyFingerprint: request.publicKeyFingerprint,
        issuedAt: now, notBefore: leaf.notValidBefore, notAfter: leaf.notValidAfter)
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(.invalidCertificate, "cannot issue a certificate", cause: error)
    }
  }

  private static func check(trustDomain: String) throws(IdentityError) {
    do {
      _ = try SPIFFEID(trustDomain: trustDomain, segments: ["check"])
    } catch {
      throw IdentityError(.invalidName, "\(error)")
    }
  }

  /// 158 random bits: positive, of always the same length, and within the 20 octets of RFC 5280, section 4.1.2.2.
  static func randomSerialNumber() -> Certificate.SerialNumber {
    var bytes = randomBytes(count: 20)
    bytes[0] = bytes[0] & 0x7F | 0x40
    return Certificate.SerialNumber(bytes: bytes)
  }

  static func serialize(_ certificate: Certificate) throws -> [UInt8] {
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return serializer.serializedBytes
  }
}

extension Duration {
  /// Seconds, as Foundation's dates count them.
  var timeInterval: TimeInterval {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
