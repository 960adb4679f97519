import CSallyportProcess
import Glibc
internal import SallyportBytes
import SallyportCore
import SallyportSecrets
import Synchronization

/// The worker's hold on one job: a supervisor process, and a thread that reads what the job writes.
package final class SupervisedJob: Sendable {
  /// The supervisor.
  package let supervisor: ProcessIdentity
  /// For how long the job's thread waits at most, in milliseconds, before it looks at the job's times.
  static let turn: Int32 = 250

  /// Set once nothing of the job is left and its output has been read to the end.
  private let ending = Latch<JobEnding>()
  /// Set once the command runs.
  package let command = Latch<ProcessIdentity>()

  private let control: FileDescriptor
  private let state = Mutex(State())

  private struct State {
    var isLaunched = false
    var pending: [SupervisorCommand] = []
    var limits = JobLimits()
    var isReaped = false
    /// Why the worker killed the supervisor.
    var killedFor: StopReason?
  }

  /// Starts a supervisor, which waits for ``begin(_:outputs:spool:masks:onDiskFull:onReaped:)``. Blocks for a
  /// process start.
  ///
  /// - Parameters:
  ///   - mergesStreams: Whether the job has one pipe for both, which counts as standard output.
  ///   - start: Starts the process with these as its descriptors 0, 1 and 2, and returns its process
  ///     id.
  static func spawn(
    mergesStreams: Bool, _ start: (_ descriptors: [Int32]) throws(SystemError) -> pid_t
  ) throws(SystemError) -> (job: SupervisedJob, outputs: JobOutputs) {
    let outputs = try OutputPipes()
    let sockets = try SocketPair()
    // Only the supervisor's ends are let go of, and not before it has them.
    let pid = try withExtendedLifetime((outputs, sockets)) { () throws(SystemError) in
      try start([
        sockets.theirs.number, outputs.stdoutWriter.number,
        (mergesStreams ? outputs.stdoutWriter : outputs.stderrWriter).number,
      ])
    }
    let identity = ProcessIdentity(running: pid) ?? ProcessIdentity(pid: pid, startTime: 0)
    let job = SupervisedJob(supervisor: identity, control: sockets.ours)
    return (job, JobOutputs(stdout: outputs.stdoutReader, stderr: outputs.stderrReader))
  }

  /// The same, without a ``SupervisorTemplate``.
  ///
  /// - Parameters:
  ///   - executable: The worker's own executable.
  ///   - mergesStreams: Whether the job has one pipe for both, which counts as standard output.
  package static func spawn(
    executable: String, mergesStreams: Bool = false
  ) throws(SystemError) -> (job: SupervisedJob, outputs: JobOutputs) {
    try spawn(mergesStreams: mergesStreams) { descriptors throws(SystemError) in
      try start(executable, as: JobSupervisor.subcommand, descriptors: descriptors)
    }
  }

  /// Starts the worker's own executable as what `subcommand` says.
  static func start(
    _ executable: String, as subcommand: String, descriptors: [Int32]
  ) throws(SystemError) -> pid_t {
    var pid: pid_t = 0
    let failure = withCStrings(["sallyport-job", subcommand]) { arguments in
      withCStrings(supervisorEnvironment) { environment in
        sallyport_process_spawn(
          executable, arguments, environment, descriptors[0], descriptors[1], descriptors[2], &pid)
      }
    }
    guard failure == 0 else { throw SystemError("start \(executable)", number: failure) }
    return pid
  }

  /// Nothing of the worker's own environment, but for the bugs that a debug build may be told to have.
  private static var supervisorEnvironment: [String] {
    #if FAULT_POINTS
      getenv("SALLYPORT_FAULT_POINTS").map {
        ["SALLYPORT_FAULT_POINTS=\(String(cString: $0))"]
      } ?? []
    #else
      []
    #endif
  }

  private init(supervisor: ProcessIdentity, control: FileDescriptor) {
    self.supervisor = supervisor
    self.control = control
  }

  /// Lets the supervisor start the command and reads its output, masked, into `spool`.
  ///
  /// From then on the supervisor is killed where it lets a time pass by which the job must be over, and
  /// with it the command (PR_SET_PDEATHSIG); what else is left is for ``OrphanHunt``.
  ///
  /// - Parameters:
  ///   - onDiskFull: Called when the job is paused because the disk does not take its log.
  ///   - onReaped: Called when the supervisor is gone, before ``ended()`` returns. It may block.
  package func begin(
    _ request: LaunchRequest, outputs: JobOutputs, spool: LogSpool, masks: JobMasks,
    onDiskFull: @escaping @Sendable (SystemError) -> Void = { _ in },
    onReaped: @escaping @Sendable () -> Void = {}
  ) throws(SystemError) {
    let pump = try OutputPump(
      outputs: outputs, control: control, spool: spool, masks: masks)
    try NativeThread.start(name: "job-output") { [self] in
      sendLaunch(request)
      let ending = pump.run(
        onStart: { self.command.set($0) },
        onDiskFull: onDiskFull,
        onLogFailure: { self.stop(.logFailed, grace: .zero) },
        onTurn: { self.killIfOverdue() })
      spool.onRoom(nil)
      let reaped = reap(ending)
      onReaped()
      self.ending.set(reaped)
    }
  }

  private func reap(_ ending: JobEnding) -> JobEnding {
    // Seen here, but not reaped: until ``State/isReaped`` nobody else can have its process id.
    let descriptor = sallyport_process_descriptor(supervisor.pid)
    defer { if descriptor >= 0 { close(descriptor) } }
    while !hasEnded {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, Self.turn)
      killIfOverdue()
    }
    let killedFor = state.withLock { state in
      state.isReaped = true
      return state.killedFor
    }
    var status: Int32 = 0
    while waitpid(supervisor.pid, &status, 0) < 0 && errno == EINTR {}
    var ending = ending
    if ending.cause == .supervisorLost(stopped: nil) {
      ending.cause = .supervisorLost(stopped: killedFor)
    }
    return ending
  }

  private var hasEnded: Bool {
    var information = siginfo_t()
    let result = waitid(P_PID, id_t(supervisor.pid), &information, WEXITED | WNOHANG | WNOWAIT)
    return result == 0 ? information._sifields._sigchld.si_pid != 0 : errno != EINTR
  }

  /// For the job's own thread, four times a second, because timers do not run while the machine is
  /// suspended.
  private func killIfOverdue() {
    state.withLock { state in
      guard !state.isReaped, state.killedFor == nil,
        let reason = state.limits.overdue(now: .now())
      else { return }
      state.killedFor = reason
      kill(supervisor.pid, SIGKILL)
    }
  }

  /// How the job ended. Not cancellable: stop the job instead.
  package func ended() async -> JobEnding { await ending.waitUncancellably() }

  /// How the job ended, if it has.
  package var endingSoFar: JobEnding? { ending.current }

  /// Ends a supervisor that was never told to begin. Blocks until it is gone.
  package func abandon() {
    shutdown(control.number, Int32(SHUT_RDWR))
    var status: Int32 = 0
    while waitpid(supervisor.pid, &status, 0) < 0 && errno == EINTR {}
  }

  /// SIGTERM to the job's process group now, SIGKILL to all that is left after `grace`.
  package func stop(_ reason: StopReason, grace: Duration) {
    state.withLock { $0.limits.stopped(reason, grace: grace, now: .now()) }
    send(.stop(reason, grace: grace))
  }

  /// Moves the instant at which the supervisor kills the job for want of a lease.
  package func fence(at instant: BootInstant) {
    state.withLock { $0.limits.fenced(at: instant) }
    send(.fence(instant))
  }

  private func send(_ command: SupervisorCommand) {
    state.withLock { state in
      if state.isLaunched {
        write(command, blocking: false)
      } else {
        state.pending.append(command)
      }
    }
  }

  /// The launch request may be larger than a socket takes at once, so it is sent by the job's own
  /// thread, which waits for room, and so are the commands that have come meanwhile. A job that is to be
  /// stopped already is not launched.
  private func sendLaunch(_ request: LaunchRequest) {
    let isStopped = state.withLock { state in
      state.limits.launched(request)
      return state.pending.contains { if case .stop = $0 { true } else { false } }
    }
    if !isStopped { write(.launch(request), blocking: true) }
    while let command = nextPending() { write(command, blocking: true) }
  }

  /// Nil where there is none; from then on commands are sent at once.
  private func nextPending() -> SupervisorCommand? {
    state.withLock { state in
      guard state.pending.isEmpty else { return state.pending.removeFirst() }
      state.isLaunched = true
      return nil
    }
  }

  /// A supervisor that takes no more commands is cut off, which makes it end its job.
  private func write(_ command: SupervisorCommand, blocking: Bool) {
    var message = command.encode()
    var bytes = MessageFraming.frame(message)
    // A launch has the job's secrets in it.
    defer {
      message.wipe()
      bytes.wipe()
    }
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.send(
          control.number, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, flags)
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN && blocking {
          waitForRoom()
          continue
        }
        shutdown(control.number, Int32(SHUT_WR))
        return
      }
      sent += count
    }
  }

  /// Of a supervisor that does not read and is overdue, nothing is left to send to.
  private func waitForRoom() {
    var entry = pollfd(fd: control.number, events: Int16(POLLOUT), revents: 0)
    _ = poll(&entry, 1, Self.turn)
    killIfOverdue()
  }
}
