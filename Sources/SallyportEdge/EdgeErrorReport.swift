package import SallyportConfig
internal import SallyportCore
internal import SallyportLedger
internal import SallyportSession

extension ErrorReport {
  /// The reports on errors of enrollment, sessions and the ledger; nil for others. For
  /// `runExecutable`.
  package static func edge(_ error: any Error) -> ErrorReport? {
    switch error {
    case let error as SessionError: ErrorReport("\(error)", exitCode: error.exitCode)
    case let error as LedgerError: ErrorReport("\(error)", exitCode: exitCode(of: error.code))
    default: nil
    }
  }

  private static func exitCode(of code: LedgerError.Code) -> Int32 {
    switch code {
    case .damaged: ExitCode.dataError
    case .inUse, .unsafe: ExitCode.configuration
    default: ExitCode.cannotCreate
    }
  }
}
