import SallyportConfig
import SallyportEdge
import SallyportIdentity
import SallyportSession
import SallyportWorker

extension WorkerSettings {
  /// For a process that ``WorkerProcess/prepare()`` has prepared.
  ///
  /// - Throws: ``ConfigError`` where a label is not `name=value`.
  init(_ values: ConfigValues, state: StateDirectory, enrollment: EnrollmentRecord) throws {
    self.init(
      stateDirectory: state.path,
      externalID: enrollment.externalID.rawValue,
      capacity: values[WorkerCatalog.once] ? 1 : values[WorkerCatalog.capacity],
      description: WorkerDescription(
        displayName: values[WorkerCatalog.displayName] ?? HostName.current,
        labels: try WorkerCatalog.labelsByName(values)))
    attempts.adoptsOrphans = true
    attempts.terminationGrace = values[WorkerCatalog.terminationGrace]
    attempts.cancelGrace = values[WorkerCatalog.cancelGrace]
    attempts.reportsCommit = values[WorkerCatalog.reportCommit]
    attempts.spoolLimits.maximumLength = UInt64(values[WorkerCatalog.maximumLog])
    attempts.spoolLimits.maximumUnacknowledged =
      UInt64(values[WorkerCatalog.maximumUnacknowledged])
    attempts.spoolLimits.budget = SpoolBudget(maximum: UInt64(values[WorkerCatalog.maximumSpool]))
    takesOneJob = values[WorkerCatalog.once]
    idleExit = values[WorkerCatalog.idleExit]
    settleGrace = values[WorkerCatalog.settleGrace]
  }
}
