import ArgumentParser
package import SallyportCore

/// The streams that `--stream` takes.
package enum LogStreamSelection: String, CaseIterable, ExpressibleByArgument, Sendable {
  case stdout, stderr, system

  package init(_ stream: LogStreamID) {
    self =
      switch stream {
      case .stdout: .stdout
      case .stderr: .stderr
      case .system: .system
      }
  }
}
