import ArgumentParser
package import SallyportCore

/// The streams that `--stream` takes.
package enum LogStreamSelection: String, CaseIterable, ExpressibleByArgument, Sendable {
  case stdout, stderr, system

  /// Nil for the streams of a sealed log, which say nothing before they are opened.
  package init?(_ stream: LogStreamID) {
    switch stream {
    case .stdout: self = .stdout
    case .stderr: self = .stderr
    case .system: self = .system
    case .sealKey, .sealed: return nil
    }
  }
}
