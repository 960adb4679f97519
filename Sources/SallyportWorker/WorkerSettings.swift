package import SallyportCore
import SallyportSealing
import SallyportSigning

/// Everything a worker is told from outside.
package struct WorkerSettings: Sendable {
  package let tenant: TenantName
  /// Holds the journal, spools and workspaces.
  package var stateDirectory: String
  /// Of the tenant, as pinned when this worker was enrolled.
  package var externalID: String
  /// Jobs at once.
  package var capacity: Int
  package var description: WorkerDescription
  package var attempts: AttemptSettings
  package var admission: AdmissionSettings
  /// The clock by which log uploads and reports of an attempt's end time out: ``ContinuousClock``, or one
  /// that costs less where the worker's tasks run.
  package var clock: any Clock<Duration> = ContinuousClock()
  /// How long results may take to reach the gateway once the last job has ended and the worker is
  /// to stop. What is left is reported after the next start.
  package var settleGrace = Duration.seconds(60)
  /// The same where the worker is told to stop at once.
  package var forcedSettleGrace = Duration.seconds(10)
  /// How long an open session may take to end.
  package var sessionEndGrace = Duration.seconds(5)
  /// Whether the worker drains with the first job that it accepts.
  package var takesOneJob = false
  /// Without a job for this long the worker drains; nil: it waits for ever.
  package var idleExit: Duration?

  package init(
    stateDirectory: String, externalID: String, capacity: Int, description: WorkerDescription,
    tenant: TenantName, pool: PoolName
  ) {
    self.tenant = tenant
    self.stateDirectory = stateDirectory
    self.externalID = externalID
    self.capacity = capacity
    self.description = description
    attempts = AttemptSettings(
      workspaces: "\(stateDirectory)/workspaces", spools: "\(stateDirectory)/spool")
    attempts.secrets = SecretSettings(owner: stateDirectory)
    admission = AdmissionSettings(
      audience: Audience(tenant: tenant, externalID: externalID, pool: .worker(pool)),
      seenJobs: "\(stateDirectory)/seen-jobs")
    admission.labels = description.labels
  }

  /// How the log of an attempt is sealed; nil where it is not.
  func logSealing(of attempt: AttemptID) -> LogSealing? {
    guard !attempts.logReaders.isEmpty else { return nil }
    return LogSealing(
      scope: SealedLogScope(tenant: tenant, attempt: attempt),
      readers: attempts.logReaders)
  }
}
