import FoundationEssentials
import SallyportCore
package import SallyportIdentity
package import SallyportStore

extension CertificateRecord {
  package init(_ issued: IssuedCertificate) {
    self.init(
      fingerprint: issued.fingerprint, serialNumber: issued.serialNumber,
      spiffeID: issued.spiffeID.uri,
      issuedAt: Timestamp(seconds: Int64(issued.issuedAt.timeIntervalSince1970)),
      notAfter: Timestamp(seconds: Int64(issued.notAfter.timeIntervalSince1970)),
      chain: issued.chain)
  }
}
