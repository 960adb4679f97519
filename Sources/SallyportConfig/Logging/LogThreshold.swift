package import Logging

/// The least severe level that is logged, as it is configured.
package enum LogThreshold: String, CaseIterable, Sendable {
  case trace, debug, info, notice, warning, error, critical

  package var level: Logger.Level {
    switch self {
    case .trace: .trace
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    case .critical: .critical
    }
  }
}
