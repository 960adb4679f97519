import SallyportCore

/// How a process ends after an error: one line on standard error, and an exit code.
package struct ErrorReport: Error, Hashable, CustomStringConvertible {
  /// One line that says what happened and what to do next; nil ends the process without a word,
  /// for an error that is already told or an exit code that is not an error.
  package let message: String?
  /// See `SallyportCore.ExitCode`.
  package let exitCode: Int32

  package init(_ message: String?, exitCode: Int32) {
    self.message = message
    self.exitCode = exitCode
  }

  package var description: String { message ?? "exit code \(exitCode)" }
}

extension ErrorReport {
  /// The report on errors that every executable knows. Others are failures with their description.
  package init(_ error: any Error) {
    switch error {
    case let report as ErrorReport: self = report
    case let error as ConfigError:
      self.init(error.description, exitCode: SallyportCore.ExitCode.configuration)
    case is CancellationError:
      self.init("interrupted", exitCode: SallyportCore.ExitCode.failure)
    default: self.init("\(error)", exitCode: SallyportCore.ExitCode.failure)
    }
  }
}
