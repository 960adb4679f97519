import Glibc
import SallyportCore

/// Reads what one job writes into its log, in the order in which it becomes readable, and what its
/// supervisor reports. Blocks: runs on the job's own thread.
struct OutputPump {
  private static let readSize = LogEntry.maximumPayload

  private let control: FileDescriptor
  private let spool: LogSpool
  private let wakeReader: FileDescriptor
  private var streams: [Stream]
  private var framing = MessageFraming()
  private var cause: JobEnding.Cause?
  private var survivors: UInt32 = 0
  private var logFailure: SystemError?

  private struct Stream {
    let id: LogStreamID
    let descriptor: FileDescriptor
  }

  init(outputs: JobOutputs, control: FileDescriptor, spool: LogSpool) throws(SystemError) {
    self.control = control
    self.spool = spool
    streams = [
      Stream(id: .stdout, descriptor: outputs.stdout),
      Stream(id: .stderr, descriptor: outputs.stderr),
    ]
    let (reader, writer) = try OutputPipes.pipe()
    wakeReader = reader
    // Both ends must not block: a full pipe is already a wake-up.
    for end in [reader, writer] { _ = fcntl(end.number, F_SETFL, O_NONBLOCK) }
    spool.onRoom { [writer] in
      var byte: UInt8 = 0
      _ = write(writer.number, &byte, 1)
    }
  }

  /// Returns once the supervisor has ended and both streams have been read to their end.
  consuming func run(
    onStart: (ProcessIdentity) -> Void, onLogFailure: () -> Void
  ) -> JobEnding {
    var isConnected = true
    while isConnected {
      var entries = [
        pollfd(fd: control.number, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeReader.number, events: Int16(POLLIN), revents: 0),
      ]
      if spool.hasRoom && logFailure == nil {
        entries += streams.map {
          pollfd(fd: $0.descriptor.number, events: Int16(POLLIN), revents: 0)
        }
      }
      guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
      if entries[1].revents != 0 {
        _ = try? wakeReader.read(upTo: 4_096, "wake")
      }
      let ready = Set(entries.dropFirst(2).filter { $0.revents != 0 }.map(\.fd))
      read(ready, onLogFailure: onLogFailure)
      if entries[0].revents != 0 { isConnected = receive(onStart: onStart) }
    }
    drain()
    return JobEnding(
      cause: cause ?? .supervisorLost(stopped: nil), survivors: survivors, logFailure: logFailure)
  }

  private mutating func read(_ ready: Set<Int32>, onLogFailure: () -> Void) {
    for stream in streams where ready.contains(stream.descriptor.number) {
      guard logFailure == nil else { return }
      do {
        let bytes = try stream.descriptor.read(upTo: Self.readSize, "read the job's output")
        if bytes.isEmpty {
          streams.removeAll { $0.id == stream.id }
        } else {
          try spool.append(bytes, to: stream.id, at: WallTime.now().microseconds)
        }
      } catch {
        logFailure = error
        onLogFailure()
      }
    }
  }

  /// What the pipes still hold after the end; the bound of the spool does not stop the last 128 KiB.
  private mutating func drain() {
    for stream in streams {
      _ = fcntl(stream.descriptor.number, F_SETFL, O_NONBLOCK)
      while logFailure == nil,
        let bytes = try? stream.descriptor.read(upTo: Self.readSize, "read the job's output"),
        !bytes.isEmpty
      {
        do {
          try spool.append(bytes, to: stream.id, at: WallTime.now().microseconds)
        } catch {
          logFailure = error
        }
      }
    }
  }

  /// - Returns: False once the supervisor is gone.
  private mutating func receive(onStart: (ProcessIdentity) -> Void) -> Bool {
    guard let bytes = try? control.read(upTo: 65_536, "hear from the supervisor"), !bytes.isEmpty
    else { return false }
    framing.append(bytes)
    while let message = try? framing.next() {
      switch SupervisorReport(decoding: message) {
      case .started(let process): onStart(process)
      case .notStarted(let number, let subject):
        cause = .notStarted(SystemError(subject, number: number))
      case .ended(let status, let stopped, let survivors):
        cause = cause ?? .ended(status: status, stopped: stopped)
        self.survivors = survivors
      case nil: return false
      }
    }
    return true
  }
}
