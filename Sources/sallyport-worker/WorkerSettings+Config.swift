import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportIdentity
import SallyportPolicy
import SallyportSession
import SallyportWorker

extension WorkerSettings {
  /// For a process that ``WorkerProcess/prepare()`` has prepared.
  ///
  /// - Throws: ``ConfigError`` where a label is not `name=value`, or a signing key or the policy
  ///   cannot be used; ``ErrorReport`` where the enrollment is not a worker's.
  init(
    _ values: ConfigValues, stateDirectory: String, enrollment: EnrollmentRecord,
    query: (any PolicyQuery)? = nil
  ) throws {
    guard case .worker(let tenant, let pool, _)? = GatewayIdentity(enrollment.spiffeID) else {
      throw ErrorReport(
        "\(stateDirectory) is enrolled as \(enrollment.spiffeID), which is no worker: enroll again",
        exitCode: SallyportCore.ExitCode.configuration)
    }
    self.init(
      stateDirectory: stateDirectory,
      externalID: enrollment.externalID.rawValue,
      capacity: values[WorkerCatalog.once] ? 1 : values[WorkerCatalog.capacity],
      description: WorkerDescription(
        displayName: values[WorkerCatalog.displayName] ?? HostName.current,
        labels: try WorkerCatalog.labelsByName(values)),
      tenant: tenant, pool: pool)
    admission.requiresSignature = values[WorkerCatalog.requireSignature]
    admission.signingKeys = try SigningKeySettings.files(
      values, requiredBy: WorkerCatalog.requireSignature)
    admission.policy = try WorkerCatalog.policy(values)
    admission.query = query
    admission.secrets = try WorkerCatalog.secrets(values)
    attempts.sealedSecrets = try WorkerCatalog.sealedSecrets(values, tenant: tenant, pool: pool)
    attempts.secrets.directory = values[WorkerCatalog.secretsDirectory]
    attempts.secrets.allowsDisk = values[WorkerCatalog.secretsAllowDisk]
    if let seen = values[WorkerCatalog.seenJobs] { admission.seenJobs = seen }
    attempts.adoptsOrphans = true
    attempts.terminationGrace = values[WorkerCatalog.terminationGrace]
    attempts.cancelGrace = values[WorkerCatalog.cancelGrace]
    attempts.reportsCommit = values[WorkerCatalog.reportCommit]
    attempts.mergesStreams = values[WorkerCatalog.mergeStreams]
    attempts.logReaders = try WorkerCatalog.logReaders(values)
    attempts.spoolLimits.maximumLength = UInt64(values[WorkerCatalog.maximumLog])
    attempts.spoolLimits.maximumUnacknowledged =
      UInt64(values[WorkerCatalog.maximumUnacknowledged])
    attempts.spoolLimits.budget = SpoolBudget(maximum: UInt64(values[WorkerCatalog.maximumSpool]))
    takesOneJob = values[WorkerCatalog.once]
    idleExit = values[WorkerCatalog.idleExit]
    settleGrace = values[WorkerCatalog.settleGrace]
  }
}
