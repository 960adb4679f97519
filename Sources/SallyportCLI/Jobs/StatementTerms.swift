package import SallyportCore
package import SallyportIdentity
package import SallyportSigning

/// For whom, when and how often a job is signed.
package struct StatementTerms: Sendable {
  package var job: JobID
  package var tenant: TenantName
  package var externalID: ExternalID
  package var notBefore: StatementTime
  package var expires: StatementTime
  /// Nil: as many attempts as the job's retry policy has.
  package var runs: Int?

  package init(
    job: JobID, tenant: TenantName, externalID: ExternalID, notBefore: StatementTime,
    expires: StatementTime, runs: Int? = nil
  ) {
    self.job = job
    self.tenant = tenant
    self.externalID = externalID
    self.notBefore = notBefore
    self.expires = expires
    self.runs = runs
  }
}
