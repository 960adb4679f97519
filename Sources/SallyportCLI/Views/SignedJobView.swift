import SallyportCore
import SallyportSigning

struct SignedJobView: DetailView {
  let jobID: String
  let file: String
  let keyID: String
  let tenant: String
  let pool: String
  let notBefore: String
  let expires: String
  let runs: Int
  let spec: JobSpecView
  let selector: [String: String]

  enum CodingKeys: String, CodingKey {
    case file, tenant, pool, expires, runs, spec, selector
    case jobID = "job_id"
    case keyID = "key_id"
    case notBefore = "not_before"
  }

  init(_ statement: JobStatement, signer: SigningKeyID, file: String) {
    jobID = statement.job.rawValue
    self.file = file
    keyID = signer.rawValue
    tenant = statement.tenant.rawValue
    pool = statement.workerPool.rawValue
    notBefore = statement.notBefore.description
    expires = statement.expires.description
    runs = statement.runs
    spec = JobSpecView(statement.specification)
    selector = statement.selector
  }

  var details: [(name: String, value: String)] {
    var details = [
      ("job", jobID), ("signed by", keyID), ("tenant", tenant), ("pool", pool),
      ("valid", "\(notBefore) to \(expires)"), ("runs", "\(runs)"),
    ]
    details += spec.details.map { (name: $0.0, value: $0.1) }
    if !selector.isEmpty {
      let labels = selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      details.append(("labels", labels.joined(separator: ", ")))
    }
    return details + [("file", file)]
  }
}
