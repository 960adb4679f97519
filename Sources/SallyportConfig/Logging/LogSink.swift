/// Where finished log lines go.
package protocol LogSink: Sendable {
  /// Writes one line, which ends with a newline. Must not throw or log.
  func write(_ line: [UInt8])
}
