package import SallyportConfig
internal import SallyportSession

extension ErrorReport {
  /// The reports on errors of enrollment and sessions; nil for others. For `runExecutable`.
  package static func edge(_ error: any Error) -> ErrorReport? {
    (error as? SessionError).map { ErrorReport("\($0)", exitCode: $0.exitCode) }
  }
}
