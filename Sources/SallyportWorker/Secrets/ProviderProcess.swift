import CSallyportProcess
import Glibc
internal import SallyportBytes
import SallyportCore
import SallyportSecrets

/// Runs a program that prints a secret, in a session of its own and without a shell.
///
/// Whatever happens, its process group is killed and its output overwritten, but for what is given
/// back.
struct ProviderProcess: Sendable {
  enum Cause: Hashable, Sendable {
    case ended(ExitStatus?)
    case timedOut
    /// It printed more than it may.
    case tooLong
    case cancelled
  }

  struct Ending: Sendable {
    var cause: Cause
    /// What it wrote to standard output.
    var output: SecretValue
    /// The beginning of what it wrote to standard error; may hold anything.
    var complaint: SecretValue
    var isComplaintWhole: Bool
  }

  /// Bytes of standard error that are kept; all of it is read.
  static let maximumComplaint = 2_048

  let arguments: [String]
  let environment: [String: String]
  let timeout: Duration
  /// Bytes.
  let maximumOutput: Int
  let orphans: AdoptedOrphans

  /// Cancelling the task kills the program.
  ///
  /// - Throws: ``SystemError`` where it cannot be started.
  func run() async throws -> Ending {
    let result = Latch<Result<Ending, SystemError>>()
    let wake = try OutputPipes.pipe()
    try NativeThread.start(name: "secret-command") {
      do throws(SystemError) {
        result.set(.success(try runBlocking(wake: wake.reader)))
      } catch {
        result.set(.failure(error))
      }
    }
    return try await withTaskCancellationHandler {
      try await result.waitUncancellably().get()
    } onCancel: {
      var byte: UInt8 = 0
      _ = write(wake.writer.number, &byte, 1)
    }
  }

  private func runBlocking(wake: FileDescriptor) throws(SystemError) -> Ending {
    let end = BootInstant.now().advanced(by: timeout)
    let (child, outputs) = try start()
    let output = OutputBuffer(outputs.stdout, keeping: maximumOutput)
    let complaint = OutputBuffer(outputs.stderr, keeping: Self.maximumComplaint)
    let descriptor = sallyport_process_descriptor(child)
    guard descriptor >= 0 else {
      kill(-child, SIGKILL)
      _ = orphans.reap(child)
      throw SystemError("watch process \(child)", number: -descriptor)
    }
    let process = FileDescriptor(owning: descriptor)

    var early: Cause?
    var hasEnded = false
    while early == nil, !hasEnded {
      var entries = [wake.number, process.number, output.number, complaint.number].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      let left = BootInstant.now().duration(to: end)
      guard left > .zero else {
        early = .timedOut
        break
      }
      let milliseconds = Int32(clamping: left.nanosecondsClamped / 1_000_000 + 1)
      guard poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { continue }
      if entries[0].revents != 0 { early = .cancelled }
      if entries[2].revents != 0 { output.read() }
      if entries[3].revents != 0 { complaint.read() }
      if output.isTooLong { early = early ?? .tooLong }
      hasEnded = entries[1].revents != 0
    }
    // Not reaped yet: nobody else can have its id.
    kill(-child, SIGKILL)
    kill(child, SIGKILL)
    let status = orphans.reap(child)
    if early == nil {
      output.drain()
      if output.isTooLong { early = .tooLong }
    }
    complaint.drain()
    return Ending(
      cause: early ?? .ended(status), output: output.value, complaint: complaint.value,
      isComplaintWhole: !complaint.isTooLong)
  }

  private func start() throws(SystemError) -> (child: Int32, outputs: JobOutputs) {
    guard let program = arguments.first else { throw SystemError("run nothing", number: EINVAL) }
    let path = try ExecutableSearch.find(
      program, path: environment["PATH"] ?? "", directory: "/")
    let pipes = try OutputPipes()
    let null = try FileDescriptor.open("/dev/null", O_RDONLY)
    let variables = environment.map { "\($0)=\($1)" }.sorted()
    let child = try orphans.spawn { () throws(SystemError) in
      var pid: pid_t = 0
      let failure = withExtendedLifetime((pipes, null)) {
        withCStrings(arguments) { arguments in
          withCStrings(variables) { environment in
            sallyport_process_spawn(
              path, arguments, environment, null.number, pipes.stdoutWriter.number,
              pipes.stderrWriter.number, &pid)
          }
        }
      }
      guard failure == 0 else { throw SystemError("start \(path)", number: failure) }
      return pid
    }
    return (child, JobOutputs(stdout: pipes.stdoutReader, stderr: pipes.stderrReader))
  }
}

/// Keeps the beginning of a stream in memory that is overwritten after use.
private final class OutputBuffer {
  private let stream: FileDescriptor
  private let bytes: UnsafeMutableRawBufferPointer
  private let limit: Int
  private var count = 0
  private var isOpen = true

  init(_ stream: FileDescriptor, keeping limit: Int) {
    self.stream = stream
    self.limit = limit
    // One more than is kept: to tell what is too long.
    bytes = .allocate(byteCount: limit + 1, alignment: 1)
    _ = fcntl(stream.number, F_SETFL, O_NONBLOCK)
  }

  deinit {
    bytes.overwrite()
    bytes.deallocate()
  }

  /// -1, which nothing waits for, once the stream has ended.
  var number: Int32 { isOpen ? stream.number : -1 }
  var isTooLong: Bool { count > limit }
  var value: SecretValue {
    SecretValue(UnsafeRawBufferPointer(rebasing: bytes[..<min(count, limit)]))
  }

  /// - Returns: False where there is nothing more for now.
  @discardableResult
  func read() -> Bool {
    var result: Int
    if count < bytes.count {
      result = Glibc.read(
        stream.number, bytes.baseAddress?.advanced(by: count), bytes.count - count)
    } else {
      var rest = [UInt8](repeating: 0, count: 4_096)
      result = Glibc.read(stream.number, &rest, rest.count)
      rest.wipe()
      if result > 0 { return true }
    }
    if result > 0 { count += result }
    if result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR) { isOpen = false }
    return result > 0
  }

  /// What a pipe can hold, and no more: somebody may still be writing.
  func drain() {
    for _ in 0..<64 where isOpen {
      if !read() { return }
    }
  }
}
