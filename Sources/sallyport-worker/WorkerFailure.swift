import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportWorker

/// How errors that only the worker knows end its process.
enum WorkerFailure {
  static func report(_ error: any Error) -> ErrorReport? {
    switch error {
    case let error as JournalError:
      ErrorReport("\(error)", exitCode: ExitCode.dataError)
    case let error as SystemError:
      ErrorReport("\(error)", exitCode: ExitCode.cannotCreate)
    default: ErrorReport.edge(error)
    }
  }
}
