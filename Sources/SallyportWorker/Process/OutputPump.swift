import Glibc
import SallyportCore
import SallyportMasking

/// Reads what one job writes into its log, in the order in which it becomes readable, and what its
/// supervisor reports. Blocks: runs on the job's own thread.
///
/// The log gets what ``JobMasks`` let pass. What they hold back of one stream, the other one
/// overtakes.
struct OutputPump {
  private static let readSize = LogEntry.maximumPayload

  private let control: FileDescriptor
  private let spool: LogSpool
  private let masks: JobMasks
  private let wakeReader: FileDescriptor
  private var streams: [Stream]
  private var framing = MessageFraming()
  private var cause: JobEnding.Cause?
  private var survivors: UInt32 = 0
  private var logFailure: SystemError?
  /// Output that a full disk did not take, and until when it is tried again.
  private var unwritten: (bytes: [UInt8], stream: LogStreamID, until: BootInstant)?

  /// How often a full disk is tried again once the supervisor has ended.
  private static let retryInterval = Duration.milliseconds(250)

  private struct Stream {
    let id: LogStreamID
    let mask: LogMasker.Stream
    let descriptor: FileDescriptor
  }

  init(
    outputs: JobOutputs, control: FileDescriptor, spool: LogSpool, masks: JobMasks
  ) throws(SystemError) {
    self.control = control
    self.spool = spool
    self.masks = masks
    streams = [
      Stream(id: .stdout, mask: .stdout, descriptor: outputs.stdout),
      Stream(id: .stderr, mask: .stderr, descriptor: outputs.stderr),
    ]
    let (reader, writer) = try OutputPipes.pipe()
    wakeReader = reader
    // A full pipe is already a wake-up. And a job can read its own output before this does, which must
    // not hold up the thread that keeps the job's times.
    for end in [reader, writer, outputs.stdout, outputs.stderr] {
      _ = fcntl(end.number, F_SETFL, O_NONBLOCK)
    }
    spool.onRoom { [writer] in
      var byte: UInt8 = 0
      _ = write(writer.number, &byte, 1)
    }
  }

  /// Returns once the supervisor has ended and both streams have been read to their end.
  ///
  /// While the disk is full, nothing is read, which pauses the job as soon as it writes more than a
  /// pipe holds.
  ///
  /// - Parameter onTurn: Called at least as often as ``SupervisedJob/turn`` says while the supervisor is
  ///   there, whatever the job does; not while the disk holds this thread up.
  consuming func run(
    onStart: (ProcessIdentity) -> Void, onDiskFull: (SystemError) -> Void,
    onLogFailure: () -> Void, onTurn: () -> Void
  ) -> JobEnding {
    var isConnected = true
    while isConnected {
      var entries = [
        pollfd(fd: control.number, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeReader.number, events: Int16(POLLIN), revents: 0),
      ]
      if spool.hasRoom && logFailure == nil && unwritten == nil {
        entries += streams.map {
          pollfd(fd: $0.descriptor.number, events: Int16(POLLIN), revents: 0)
        }
      }
      let count = poll(&entries, nfds_t(entries.count), SupervisedJob.turn)
      onTurn()
      writeAgain(onLogFailure: onLogFailure)
      guard count > 0 else { continue }
      if entries[1].revents != 0 {
        _ = try? wakeReader.read(upTo: 4_096, "wake")
      }
      let ready = Set(entries.dropFirst(2).filter { $0.revents != 0 }.map(\.fd))
      read(ready, onDiskFull: onDiskFull, onLogFailure: onLogFailure)
      if entries[0].revents != 0 { isConnected = receive(onStart: onStart) }
    }
    drain()
    return JobEnding(
      cause: cause ?? .supervisorLost(stopped: nil), survivors: survivors, logFailure: logFailure)
  }

  private mutating func read(
    _ ready: Set<Int32>, onDiskFull: (SystemError) -> Void, onLogFailure: () -> Void
  ) {
    for stream in streams where ready.contains(stream.descriptor.number) {
      guard logFailure == nil, unwritten == nil else { return }
      do {
        guard let bytes = try readOutput(of: stream) else { continue }
        if bytes.isEmpty { streams.removeAll { $0.id == stream.id } }
        let shown =
          bytes.isEmpty ? masks.finish(stream.mask) : masks.mask(bytes, of: stream.mask)
        if let error = try append(shown, to: stream.id) { onDiskFull(error) }
      } catch {
        logFailure = error
        onLogFailure()
      }
    }
  }

  /// Nil where there is nothing to read now; no bytes at the end.
  private func readOutput(of stream: Stream) throws(SystemError) -> [UInt8]? {
    do {
      return try stream.descriptor.read(upTo: Self.readSize, "read the job's output")
    } catch {
      guard error.number == EAGAIN else { throw error }
      return nil
    }
  }

  /// - Parameter bytes: Already masked.
  /// - Returns: The error of a disk that is full; the bytes are kept then.
  /// - Throws: ``SystemError`` for anything else.
  private mutating func append(
    _ bytes: [UInt8], to stream: LogStreamID
  ) throws(SystemError) -> SystemError? {
    guard !bytes.isEmpty else { return nil }
    do {
      try spool.append(bytes, to: stream, at: WallTime.now().microseconds)
      return nil
    } catch {
      guard error.isDiskFull else { throw error }
      unwritten = (bytes, stream, BootInstant.now().advanced(by: spool.fullDiskPatience))
      return error
    }
  }

  private mutating func writeAgain(onLogFailure: () -> Void) {
    guard let waiting = unwritten else { return }
    do {
      try spool.append(waiting.bytes, to: waiting.stream, at: WallTime.now().microseconds)
      unwritten = nil
    } catch {
      if error.isDiskFull, BootInstant.now() < waiting.until { return }
      unwritten = nil
      logFailure = error
      onLogFailure()
    }
  }

  /// What the pipes still hold after the end; the bound of the spool does not stop the last 128 KiB.
  private mutating func drain() {
    waitForDisk()
    for stream in streams {
      while logFailure == nil, let bytes = try? readOutput(of: stream), !bytes.isEmpty {
        drain(masks.mask(bytes, of: stream.mask), to: stream.id)
      }
      if logFailure == nil { drain(masks.finish(stream.mask), to: stream.id) }
    }
  }

  private mutating func drain(_ bytes: [UInt8], to stream: LogStreamID) {
    do {
      if try append(bytes, to: stream) != nil { waitForDisk() }
    } catch {
      logFailure = error
    }
  }

  private mutating func waitForDisk() {
    while unwritten != nil {
      usleep(useconds_t(Self.retryInterval / .microseconds(1)))
      writeAgain(onLogFailure: {})
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
