import SallyportCLI
import Synchronization

/// Keeps what commands print.
final class MemoryConsole: Console {
  private struct State {
    var written: [ConsoleStream: [UInt8]] = [:]
    var closedAfter: Int?
  }

  private let state = Mutex(State())
  private let terminals: Set<ConsoleStream>

  init(terminals: Set<ConsoleStream> = []) { self.terminals = terminals }

  /// Makes standard output fail once this many bytes were written.
  func close(after bytes: Int) { state.withLock { $0.closedAfter = bytes } }

  @MainActor func write(_ bytes: [UInt8], to stream: ConsoleStream) throws {
    let isClosed = state.withLock { state in
      state.written[stream, default: []].append(contentsOf: bytes)
      return stream == .output
        && (state.closedAfter.map { state.written[.output]?.count ?? 0 > $0 } ?? false)
    }
    if isClosed { throw OutputClosed() }
  }

  func isTerminal(_ stream: ConsoleStream) -> Bool { terminals.contains(stream) }

  func bytes(_ stream: ConsoleStream) -> [UInt8] { state.withLock { $0.written[stream] ?? [] } }
  var output: String { String(decoding: bytes(.output), as: UTF8.self) }
  var error: String { String(decoding: bytes(.error), as: UTF8.self) }
}
