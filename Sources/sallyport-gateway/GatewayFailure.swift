import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportStore
import SallyportStoreEncryption
import SallyportTLS

/// How errors that only the gateway knows end its process.
enum GatewayFailure {
  static func report(_ error: any Error) -> ErrorReport? {
    switch error {
    case let error as IdentityError: ErrorReport("\(error)", exitCode: exitCode(of: error))
    case let error as InvalidName: ErrorReport("\(error)", exitCode: ExitCode.usage)
    case let error as TLSError where error.code == .configuration:
      ErrorReport("\(error)", exitCode: ExitCode.configuration)
    case let error as EncryptionError:
      ErrorReport("\(error)", exitCode: ExitCode.configuration)
    case let error as StoreError:
      ErrorReport(
        "\(error)",
        exitCode: error.code == .unavailable || error.code == .alreadyExists
          ? ExitCode.cannotCreate : ExitCode.dataError)
    default: nil
    }
  }

  private static func exitCode(of error: IdentityError) -> Int32 {
    switch error.code {
    case .invalidName: ExitCode.usage
    case .fileExists, .fileSystem: ExitCode.cannotCreate
    default: ExitCode.configuration
    }
  }
}
