import SallyportCore

/// One tenant, pool, job and attempt.
enum SampleNames {
  static let tenant = TenantName(unchecked: "acme")
  static let pool = PoolName(unchecked: "builders")
  static let job = JobID(unchecked: "0123456789abcdef0123456789abcdef")
  static let attempt = AttemptID(job: job, epoch: 1)
  static let externalID = "00112233445566778899aabbccddeeff"
}
