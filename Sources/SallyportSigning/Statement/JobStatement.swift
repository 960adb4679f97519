package import SallyportCore

/// What a customer signs: one job, for whom it is, when and how often it may run.
///
/// A worker runs what the statement says and nothing that the gateway says beside it.
package struct JobStatement: Hashable, Sendable {
  package struct Checkout: Hashable, Sendable {
    package var vcsPool: PoolName
    package var repository: RepositoryName
    /// A full ref name, or nil where a commit is named alone.
    package var ref: String?
    /// 40 lower-case hexadecimal digits, or 64 in a repository of SHA-256 objects.
    package var commit: String?

    package init(
      vcsPool: PoolName, repository: RepositoryName, ref: String?, commit: String?
    ) {
      self.vcsPool = vcsPool
      self.repository = repository
      self.ref = ref
      self.commit = commit
    }
  }

  /// Made by whoever signs, so that it is part of what is signed.
  package var job: JobID
  package var tenant: TenantName
  /// As pinned at enrollment.
  package var externalID: String
  package var workerPool: PoolName
  package var notBefore: StatementTime
  package var expires: StatementTime
  /// How often workers may begin to run the job, retries included; from 1.
  package var runs: Int = 1
  package var command: [String]
  package var environment: [String: String] = [:]
  /// Names and where the job finds them, never values.
  package var secrets: [JobSecret] = []
  package var image: String?
  /// From start to kill; nil leaves it to the gateway.
  package var timeoutSeconds: Int64?
  /// The labels that a worker must have.
  package var selector: [String: String] = [:]
  package var checkout: Checkout?
  /// What this version does not know and may be left out of account, by name.
  package var extensions: [String: JSONValue] = [:]
  /// Names of extensions that must not be left out of account.
  package var critical: [String] = []

  package init(
    job: JobID, tenant: TenantName, externalID: String, workerPool: PoolName,
    notBefore: StatementTime, expires: StatementTime, command: [String]
  ) {
    self.job = job
    self.tenant = tenant
    self.externalID = externalID
    self.workerPool = workerPool
    self.notBefore = notBefore
    self.expires = expires
    self.command = command
  }
}
