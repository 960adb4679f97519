import FoundationEssentials
import SallyportConfig
import SallyportCore
import SallyportIdentity

struct CertificateView: DetailView {
  let file: String
  let trustDomain: String?
  let spiffeID: String?
  let fingerprint: String
  let serialNumber: String
  let notBefore: String
  let notAfter: String

  enum CodingKeys: String, CodingKey {
    case file, fingerprint
    case trustDomain = "trust_domain"
    case spiffeID = "spiffe_id"
    case serialNumber = "serial_number"
    case notBefore = "not_before"
    case notAfter = "not_after"
  }

  init(_ summary: CertificateSummary, trustDomain: String?, file: String) {
    self.file = file
    self.trustDomain = trustDomain
    spiffeID = summary.spiffeID?.uri
    fingerprint = summary.fingerprint
    serialNumber = summary.serialNumber
    notBefore = Self.text(summary.notBefore)
    notAfter = Self.text(summary.notAfter)
  }

  var details: [(name: String, value: String)] {
    var details = [("file", file)]
    if let trustDomain { details.append(("trust domain", trustDomain)) }
    if let spiffeID { details.append(("names", spiffeID)) }
    return details + [
      ("valid", "\(notBefore) to \(notAfter)"), ("sha-256", fingerprint),
      ("serial number", serialNumber),
    ]
  }

  private static func text(_ date: Date) -> String {
    UTCTime.format(seconds: Int64(date.timeIntervalSince1970.rounded(.down)), fractionDigits: 0)
  }
}
