package import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportLedger
import SallyportSealing
import SallyportSigning

/// What the errors of this command line, besides those of calls, mean for the person at it.
package enum OperatorErrors {
  /// As of a process that SIGPIPE ended.
  static let outputClosed: Int32 = 141

  package static func report(_ error: any Error) -> ErrorReport? {
    switch error {
    case is OutputClosed:
      // What is missing is not wanted.
      ErrorReport(nil, exitCode: outputClosed)
    case let error as IdentityError:
      ErrorReport(error.description, exitCode: exitCode(of: error.code))
    case let error as SignedJobError:
      ErrorReport(
        error.description,
        exitCode: error.code == .unusableKey
          ? SallyportCore.ExitCode.configuration : SallyportCore.ExitCode.dataError)
    case let error as SealingError:
      ErrorReport(
        error.description,
        exitCode: error.code == .unusableKey || error.code == .unknownKey
          ? SallyportCore.ExitCode.configuration : SallyportCore.ExitCode.dataError)
    case let error as LedgerError:
      // It can only be read here: damage is a result and no error.
      ErrorReport(error.description, exitCode: SallyportCore.ExitCode.noPermission)
    case let error as InvalidName:
      ErrorReport(error.description, exitCode: SallyportCore.ExitCode.usage)
    default: nil
    }
  }

  private static func exitCode(of code: IdentityError.Code) -> Int32 {
    switch code {
    case .unsafeFile, .missingFile, .keyMismatch, .expired, .invalidCertificate:
      SallyportCore.ExitCode.configuration
    case .fileExists, .fileSystem: SallyportCore.ExitCode.cannotCreate
    case .invalidName: SallyportCore.ExitCode.usage
    default: SallyportCore.ExitCode.dataError
    }
  }
}
