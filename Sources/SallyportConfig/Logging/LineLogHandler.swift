package import Logging

/// A swift-log handler that writes each event as one bounded line.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let encoder: LogLineEncoder
  private let sink: any LogSink

  package init(encoder: LogLineEncoder, logLevel: Logger.Level, sink: any LogSink) {
    self.encoder = encoder
    self.logLevel = logLevel
    self.sink = sink
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
    if let given = event.metadata { fields.merge(given) { _, new in new } }
    if let error = event.error { fields["error"] = .string("\(error)") }
    sink.write(
      encoder.encode(
        time: WallClock.now(), level: event.level, message: event.message.description,
        fields: fields))
  }
}
