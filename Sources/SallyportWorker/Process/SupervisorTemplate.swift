import CSallyportProcess
import Glibc

/// A process that stands ready to become supervisors: the worker's executable, loaded and linked,
/// which forks where the worker would have to start it anew.
///
/// What it forks are children of the worker, not its own, so that nothing else knows how a supervisor
/// came to be. It holds nothing of any job, and ends when the worker does.
final class SupervisorTemplate: Sendable {
  /// A fork takes less than a millisecond; a job may have stopped this process with a signal.
  private static let patience: Int32 = 1_000

  let pid: Int32
  private let socket: FileDescriptor

  /// Blocks for a process start; the process is ready some milliseconds later, and may be asked
  /// before that.
  init(executable: String) throws(SystemError) {
    let sockets = try SocketPair()
    let null = try FileDescriptor.open("/dev/null", O_RDWR)
    pid = try withExtendedLifetime((sockets, null)) { () throws(SystemError) in
      try SupervisedJob.start(
        executable, as: TemplateProcess.subcommand,
        descriptors: [sockets.theirs.number, null.number, null.number])
    }
    socket = sockets.ours
  }

  /// Has it fork a supervisor with these descriptors as 0, 1 and 2. Blocks.
  ///
  /// - Returns: The process id.
  /// - Throws: ``SystemError``: this template is of no more use.
  func fork(_ descriptors: [Int32]) throws(SystemError) -> pid_t {
    let operation = "fork a supervisor"
    let failure = sallyport_process_pass_descriptors(socket.number, descriptors)
    guard failure == 0 else { throw SystemError(operation, number: failure) }
    var entry = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
    var ready: Int32
    repeat { ready = poll(&entry, 1, Self.patience) } while ready < 0 && errno == EINTR
    guard ready != 0 else { throw SystemError(operation, number: ETIMEDOUT) }
    var reader = ByteReader(try socket.read(upTo: 8, operation)[...])
    guard let pid = reader.integer(Int32.self), let number = reader.integer(Int32.self) else {
      throw SystemError(operation, number: EPIPE)
    }
    guard number == 0, pid > 0 else { throw SystemError(operation, number: number) }
    return pid
  }

  /// Ends it. Blocks until it is gone.
  func end() {
    kill(pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
  }
}
