package import FoundationEssentials
package import SallyportCore
package import SallyportIdentity

/// A worker pool's public key that the customer's trust root has certified.
///
/// Secrets can be sealed to nothing else: a key that the gateway made up never becomes a value of this
/// type.
package struct PoolKey: Hashable, Sendable {
  package let publicKey: SealingPublicKey
  package let certificate: PoolKeyCertificate

  package var id: SealingKeyID { publicKey.id }

  /// - Parameters:
  ///   - certificate: DER, from wherever.
  ///   - roots: The customer's trust roots, DER.
  /// - Throws: ``SealingError/Code/unusableKey`` where the certificate is not for the key of this
  ///   pool, or not of these roots.
  package init(
    certificate der: [UInt8], tenant: TenantName, pool: PoolName, roots: [[UInt8]],
    now: Date = Date()
  ) throws(SealingError) {
    do {
      certificate = try PoolKeyCertificate(verifying: der, roots: roots, now: now)
    } catch {
      throw SealingError(.unusableKey, error.message)
    }
    guard certificate.tenant == tenant, certificate.pool == pool else {
      throw SealingError(
        .unusableKey,
        "the certified key is that of pool '\(certificate.pool)' of tenant '\(certificate.tenant)', "
          + "not of pool '\(pool)' of tenant '\(tenant)'; nothing is sealed to it")
    }
    publicKey = try SealingPublicKey(bytes: certificate.publicKey)
  }
}
