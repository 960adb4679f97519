internal import Dispatch
internal import Synchronization

/// A bounded pipe for one response: a task writes, libgit2's thread reads.
///
/// The writer suspends while more than the capacity waits; the reader blocks its own thread while
/// nothing waits. Either end may close, which wakes the other.
package final class GitResponseSink: Sendable {
  private enum End {
    case open, finished
    case failed(any Error)
  }

  private struct State {
    var chunks: [[UInt8]] = []
    /// Bytes of the first chunk that were read already.
    var offset = 0
    var buffered = 0
    var received: UInt64 = 0
    var end = End.open
    var errorLine = ServerErrorLine()
    var readerClosed = false
    var readerWaits = false
    var writer: CheckedContinuation<Void, any Error>?
  }

  private let state = Mutex(State())
  private let wakeReader = DispatchSemaphore(value: 0)
  private let capacity: Int
  private let limit: UInt64

  /// - Parameters:
  ///   - capacity: Bytes beyond which a writer waits.
  ///   - limit: Bytes of the whole response; one more fails it.
  package init(capacity: Int, limit: UInt64) {
    self.capacity = capacity
    self.limit = limit
  }

  /// Hands bytes on and returns once there is room for more.
  ///
  /// - Throws: ``GitError`` where the response is longer than allowed or nobody reads it any more;
  ///   `CancellationError`.
  package func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    let wake = try state.withLock { state in
      guard !state.readerClosed else { throw GitError.cancelled }
      state.received += UInt64(bytes.count)
      guard state.received <= limit else {
        let error = GitError(
          code: .limitExceeded, message: "the server's response is longer than \(limit) bytes")
        state.end = .failed(error)
        throw error
      }
      state.errorLine.watch(bytes)
      state.chunks.append(bytes)
      state.buffered += bytes.count
      return Self.takeReader(&state)
    }
    if wake { wakeReader.signal() }
    try await waitForRoom()
  }

  /// Ends the response. Only the first end counts. One that was nothing but an error of the server's
  /// has failed.
  func end(with error: (any Error)?) {
    let wake = state.withLock { state in
      let error =
        error
        ?? state.errorLine.message.map { message in
          GitError(
            code: .refusedByServer, message: "the Git server refused the request: \(message)")
        }
      if case .open = state.end { state.end = error.map(End.failed) ?? .finished }
      return Self.takeReader(&state)
    }
    if wake { wakeReader.signal() }
  }

  /// Blocks until bytes are there and copies as many as fit; 0 at the end of the response.
  func read(into buffer: UnsafeMutableRawBufferPointer, timeout: Duration) throws -> Int {
    while true {
      let (count, writer) = try state.withLock { state in
        let count = Self.copy(&state, into: buffer)
        if count == 0 {
          switch state.end {
          case .failed(let error): throw error
          case .finished: break
          case .open: state.readerWaits = true
          }
        }
        let writer = state.buffered <= capacity ? state.writer.take() : nil
        let waits = state.readerWaits
        return (waits ? -1 : count, writer)
      }
      writer?.resume()
      if count >= 0 { return count }
      if wakeReader.wait(timeout: .now() + timeout.dispatchInterval) == .timedOut {
        guard state.withLock({ $0.readerWaits.take() }) else {
          // A writer signalled just now: consume the signal that belongs to this wait.
          wakeReader.wait()
          continue
        }
        throw GitError(
          code: .stalled, message: "the Git server sent nothing for \(timeout); try again")
      }
    }
  }

  /// The reader wants no more.
  func close() {
    let writer = state.withLock { state in
      state.readerClosed = true
      state.chunks = []
      state.buffered = 0
      return state.writer.take()
    }
    writer?.resume(throwing: GitError.cancelled)
  }

  var receivedBytes: UInt64 { state.withLock { $0.received } }

  private func waitForRoom() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let immediate: Result<Void, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.readerClosed { return .failure(GitError.cancelled) }
          if state.buffered <= capacity { return .success(()) }
          state.writer = continuation
          return nil
        }
        if let immediate { continuation.resume(with: immediate) }
      }
    } onCancel: {
      state.withLock { $0.writer.take() }?.resume(throwing: CancellationError())
    }
  }

  private static func takeReader(_ state: inout State) -> Bool { state.readerWaits.take() }

  private static func copy(_ state: inout State, into buffer: UnsafeMutableRawBufferPointer) -> Int
  {
    var count = 0
    while count < buffer.count, let chunk = state.chunks.first {
      let available = chunk.count - state.offset
      let length = min(available, buffer.count - count)
      let start = state.offset
      chunk.withUnsafeBytes { bytes in
        let source = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + length])
          .copyMemory(from: source)
      }
      count += length
      if length == available {
        state.chunks.removeFirst()
        state.offset = 0
      } else {
        state.offset += length
      }
    }
    state.buffered -= count
    return count
  }
}

extension Bool {
  /// The value, leaving false.
  fileprivate mutating func take() -> Bool {
    defer { self = false }
    return self
  }
}

extension Duration {
  fileprivate var dispatchInterval: DispatchTimeInterval {
    let (seconds, attoseconds) = components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1_000)
    guard !milliseconds.overflow, let value = Int(exactly: milliseconds.partialValue) else {
      return .never
    }
    return .milliseconds(value + Int(attoseconds / 1_000_000_000_000_000))
  }
}
