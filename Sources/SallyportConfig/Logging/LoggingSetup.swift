package import Logging

/// The logging that all executables share: one line per event on standard error.
///
/// Metadata keys with a fixed meaning: `job`, `epoch`, `tenant`, `session`.
package struct LoggingSetup: Sendable {
  package static let levelSetting = Setting(
    "log.level", .choice(LogThreshold.self), default: .info, "Least severe level that is logged.")
  package static let formatSetting = Setting(
    "log.format", .choice(LogFormat.self), default: .text,
    "Log lines for people (text) or for log collectors (json).")

  /// Add these to the schema of every executable that logs.
  package static let settings: [any SettingDeclaration] = [levelSetting, formatSetting]

  package var threshold: LogThreshold
  package var format: LogFormat

  package init(threshold: LogThreshold = .info, format: LogFormat = .text) {
    self.threshold = threshold
    self.format = format
  }

  package init(_ values: ConfigValues) {
    self.init(threshold: values[Self.levelSetting], format: values[Self.formatSetting])
  }

  /// A handler for one logger that writes to `sink`.
  package func handler(
    label: String, sink: any LogSink = StandardErrorSink.shared
  ) -> some LogHandler {
    LineLogHandler(
      encoder: LogLineEncoder(format: format, label: label), logLevel: threshold.level, sink: sink)
  }

  /// Makes this the logging of the process. At most once per process.
  package func bootstrap() {
    LoggingSystem.bootstrap { handler(label: $0) }
  }
}
