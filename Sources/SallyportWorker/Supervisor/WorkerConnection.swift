import CSallyportProcess
import Glibc
import SallyportBytes

/// The supervisor's end of its connection to the worker.
struct WorkerConnection: ~Copyable {
  private let descriptor: Int32
  private var framing = MessageFraming()
  private(set) var isClosed = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Returns when the worker has said something, a child has changed, or the time is up.
  func wait(atMost duration: Duration) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = sallyport_process_wait(&entry, 1, duration.nanosecondsClamped)
  }

  /// Returns when a child has changed or the time is up.
  func pause(_ duration: Duration) {
    _ = sallyport_process_wait(nil, 0, duration.nanosecondsClamped)
  }

  /// All commands that have arrived. A worker that sends nonsense counts as gone.
  mutating func receive() -> [SupervisorCommand] {
    while !isClosed, readOnce() {}
    var commands: [SupervisorCommand] = []
    do {
      while let message = try framing.next() {
        guard let command = SupervisorCommand(decoding: message) else {
          isClosed = true
          break
        }
        commands.append(command)
      }
    } catch {
      isClosed = true
    }
    return commands
  }

  /// Reads what is there, up to a page: most processes of a job get no more than one launch request,
  /// and what a buffer takes is memory that the kernel has to find for each of them.
  ///
  /// - Returns: False where nothing was.
  private mutating func readOnce() -> Bool {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4_096) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        framing.append(Array(buffer[..<count]))
        // It may have been the job's secrets.
        UnsafeMutableRawBufferPointer(buffer).overwrite()
        return true
      }
      if count < 0 && errno == EINTR { return true }
      isClosed = count == 0 || errno != EAGAIN
      return false
    }
  }

  /// A report that nobody takes any more is dropped.
  func send(_ report: SupervisorReport) {
    let bytes = MessageFraming.frame(report.encode())
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(
          descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno != EINTR { return }
      sent += max(count, 0)
    }
  }
}
