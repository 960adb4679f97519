package import FoundationEssentials
package import SallyportConfig
package import SallyportCore
import SallyportIdentity
package import SallyportProtos
package import SallyportSealing

/// Which key a secret is sealed to: the newest that the customer's own trust root has certified for the
/// pool. What the gateway says of its keys besides is not believed.
package enum PoolKeyChoice {
  /// - Parameters:
  ///   - offered: As the gateway listed them.
  ///   - roots: The customer's, DER.
  /// - Returns: The key, and the ids of those that were offered and are not certified.
  /// - Throws: ``ErrorReport`` where there is none, with the reason why the first was refused.
  package static func choose(
    from offered: [Sallyport_Operator_V1_PoolKey], tenant: TenantName, pool: PoolName,
    roots: [[UInt8]], now: Date = Date()
  ) throws(ErrorReport) -> (key: PoolKey, refused: Int) {
    var certified: [PoolKey] = []
    var refusal: SealingError?
    for one in offered {
      do {
        certified.append(
          try PoolKey(
            certificate: Array(one.certificate), tenant: tenant, pool: pool, roots: roots, now: now)
        )
      } catch {
        refusal = refusal ?? error
      }
    }
    let newest = certified.max { $0.certificate.notBefore < $1.certificate.notBefore }
    guard let newest else {
      throw ErrorReport(
        refusal?.message
          ?? "pool '\(pool)' has no key: make one with 'sallyport sealing-key create', certify it with "
          + "'sallyport sealing-key certify' and publish it with 'sallyport pool-key publish'",
        exitCode: SallyportCore.ExitCode.noPermission)
    }
    return (newest, offered.count - certified.count)
  }
}
