import FoundationEssentials
import SallyportConfig
package import SallyportCore

/// Prints log entries: what the command wrote to standard output goes to standard output, all else
/// to standard error.
///
/// Bytes pass as they are, except to a terminal, where ``TerminalLogFilter`` makes them safe.
@MainActor package struct LogPrinter {
  package struct Options: Sendable {
    /// Only these streams; empty for all.
    package var streams: Set<LogStreamSelection> = []
    /// Begin each line with the time at which the worker read it.
    package var timestamps = false
    /// One JSON object per entry, all to standard output: `time`, `stream`, and `text` or, for
    /// bytes that are not UTF-8, `base64`.
    package var json = false
    /// Let every control sequence pass to a terminal.
    package var raw = false

    package init() {}
  }

  private struct JSONEntry: Encodable {
    let time: String
    let stream: String
    let text: String?
    let base64: String?
  }

  private let console: any Console
  private let options: Options
  private var filters: [LogStreamID: TerminalLogFilter] = [:]
  private var isInsideLine: [LogStreamID: Bool] = [:]

  package init(console: any Console, options: Options) {
    self.console = console
    self.options = options
  }

  package mutating func print(_ entry: LogEntry) throws {
    guard let selection = LogStreamSelection(entry.stream) else { return }
    guard options.streams.isEmpty || options.streams.contains(selection) else { return }
    guard !options.json else { return try printJSON(entry, selection) }
    let target = target(of: entry.stream)
    var bytes = entry.payload
    if console.isTerminal(target), !options.raw {
      bytes = filters[entry.stream, default: TerminalLogFilter()].filter(bytes)
    }
    try console.write(withPrefixes(bytes, entry), to: target)
  }

  /// Prints what terminal filters hold back.
  package mutating func finish() throws {
    for stream in [LogStreamID.stdout, .stderr, .system] {
      guard let bytes = filters[stream]?.finish(), !bytes.isEmpty else { continue }
      try console.write(bytes, to: target(of: stream))
    }
  }

  private func target(of stream: LogStreamID) -> ConsoleStream {
    stream == .stdout ? .output : .error
  }

  /// Puts the time, and for the worker's own words their source, before each line.
  private mutating func withPrefixes(_ bytes: [UInt8], _ entry: LogEntry) -> [UInt8] {
    var prefix = options.timestamps ? time(of: entry) + " " : ""
    if entry.stream == .system { prefix += "worker: " }
    guard !prefix.isEmpty else { return bytes }
    var output: [UInt8] = []
    var inside = isInsideLine[entry.stream] ?? false
    for byte in bytes {
      if !inside { output.append(contentsOf: prefix.utf8) }
      output.append(byte)
      inside = byte != UInt8(ascii: "\n")
    }
    isInsideLine[entry.stream] = inside
    return output
  }

  private func printJSON(_ entry: LogEntry, _ selection: LogStreamSelection) throws {
    let text = String(validating: entry.payload, as: UTF8.self)
    let line = try JSONOutput.line(
      JSONEntry(
        time: time(of: entry), stream: selection.rawValue, text: text,
        base64: text == nil ? Data(entry.payload).base64EncodedString() : nil))
    try console.write(Array(line.utf8), to: .output)
  }

  private func time(of entry: LogEntry) -> String {
    UTCTime.format(
      seconds: Int64(entry.timestamp / 1_000_000),
      nanoseconds: Int32(entry.timestamp % 1_000_000) * 1_000, fractionDigits: 6)
  }
}
