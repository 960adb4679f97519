import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportIdentity
import SallyportSession
import SallyportWorker

extension WorkerSettings {
  /// For a process that ``WorkerProcess/prepare()`` has prepared.
  ///
  /// - Throws: ``ErrorReport`` where a label is not `name=value`.
  init(_ values: ConfigValues, state: StateDirectory, enrollment: EnrollmentRecord) throws {
    self.init(
      stateDirectory: state.path,
      externalID: enrollment.externalID.rawValue, capacity: values[WorkerCatalog.capacity],
      description: WorkerDescription(
        displayName: values[WorkerCatalog.displayName] ?? HostName.current,
        labels: try Self.labels(values[WorkerCatalog.labels])))
    attempts.adoptsOrphans = true
    attempts.defaultTimeout = values[WorkerCatalog.defaultTimeout]
    attempts.terminationGrace = values[WorkerCatalog.terminationGrace]
    attempts.cancelGrace = values[WorkerCatalog.cancelGrace]
    attempts.reportsCommit = values[WorkerCatalog.reportCommit]
    attempts.spoolLimits.maximumLength = UInt64(values[WorkerCatalog.maximumLog])
    attempts.spoolLimits.maximumUnacknowledged =
      UInt64(values[WorkerCatalog.maximumUnacknowledged])
    settleGrace = values[WorkerCatalog.settleGrace]
  }

  private static func labels(_ texts: [String]) throws -> [String: String] {
    var labels: [String: String] = [:]
    for text in texts {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ErrorReport(
          "labels: expected name=value, found '\(text)'", exitCode: ExitCode.configuration)
      }
      labels[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return labels
  }
}
