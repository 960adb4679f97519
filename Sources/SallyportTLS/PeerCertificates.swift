import COpenSSL
import Glibc

/// A chain that OpenSSL has verified, without the trust root at its end.
struct PeerCertificates {
  /// Leaf first.
  let der: [[UInt8]]
  /// When the first certificate of the chain expires, the root's included: seconds since
  /// 1970-01-01T00:00:00Z.
  let validUntil: Int64
  /// Why the leaf is not one that authenticates a TLS peer, where it is not.
  let leafFault: String?

  init?(verifiedIn store: OpaquePointer) {
    let chain = X509_STORE_CTX_get0_chain(store)
    let count = sallyport_certificate_count(chain)
    var der: [[UInt8]] = []
    var validUntil = Int64.max
    for index in 0..<count {
      guard let certificate = sallyport_certificate_at(chain, index),
        let end = Self.notAfter(certificate)
      else { return nil }
      validUntil = min(validUntil, end)
    }
    for index in 0..<max(1, count - 1) {
      guard let certificate = sallyport_certificate_at(chain, index),
        let bytes = encoding({ i2d_X509(certificate, $0) })
      else { return nil }
      der.append(bytes)
    }
    guard let leaf = sallyport_certificate_at(chain, 0) else { return nil }
    self.der = der
    self.validUntil = validUntil
    self.leafFault = Self.fault(ofLeaf: leaf)
  }

  /// RFC 8446, section 4.4.2.2 asks for digitalSignature where key usages are listed; here they
  /// must be. An authority's certificate never stands for a peer.
  private static func fault(ofLeaf leaf: OpaquePointer) -> String? {
    if X509_get_extension_flags(leaf) & UInt32(EXFLAG_CA) != 0 {
      return "it is a certificate authority's"
    }
    guard X509_get_extension_flags(leaf) & UInt32(EXFLAG_KUSAGE) != 0 else {
      return "it has no key usage extension"
    }
    let usage = X509_get_key_usage(leaf)
    guard usage & UInt32(KU_DIGITAL_SIGNATURE) != 0 else {
      return "its key usage lacks digitalSignature"
    }
    guard usage & UInt32(KU_KEY_CERT_SIGN | KU_CRL_SIGN) == 0 else {
      return "its key usage includes keyCertSign or cRLSign"
    }
    return nil
  }

  private static func notAfter(_ certificate: OpaquePointer) -> Int64? {
    var time = tm()
    guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return nil }
    return Int64(timegm(&time))
  }
}
