import CSallyportProcess
import Glibc
import SallyportCore

/// The parent process of one job: `sallyport-worker supervise`.
///
/// A process of its own, because only a parent can become a subreaper, to which every orphan that
/// the job leaves is handed however often it forks and whatever session it moves to; and because it
/// keeps the job's deadline and lease even while the worker is stopped (SIGSTOP). It talks to the
/// worker over descriptor 0, hands 1 and 2 to the command, and ends when nothing of the job is
/// left. When the worker goes, so does the job.
package struct JobSupervisor: ~Copyable {
  /// The argument that makes the worker's executable a supervisor.
  package static let subcommand = "supervise"

  /// How long to keep trying to kill what does not die (stuck in the kernel).
  private static let sweepLimit = Duration.seconds(30)
  /// The longest sleep: bounds how late a deadline is noticed after the machine was suspended.
  private static let longestSleep = Duration.seconds(1)

  private var worker: WorkerConnection
  private var state = JobSupervisorState()
  private var command: pid_t?
  private var secretsFolder: String?

  /// Runs a supervisor to its end. The process must have no other threads.
  package static func run() -> Int32 {
    sallyport_process_set_name("sallyport-job")
    sallyport_process_prepare_supervisor()
    guard sallyport_process_become_subreaper() == 0, sallyport_process_protect() == 0 else {
      return ExitCode.software
    }
    var supervisor = JobSupervisor(worker: WorkerConnection(descriptor: STDIN_FILENO))
    return supervisor.serve()
  }

  /// Goes once through what a supervisor does, for a command that no system has. What this process has
  /// looked up and written to meanwhile, those that it forks need not each again: that is most of what
  /// they would do.
  ///
  /// Only for a process whose descriptors 1 and 2 are of no use.
  static func rehearse() {
    guard let sockets = try? SocketPair() else { return }
    let request = LaunchRequest(
      arguments: ["/"], environment: ["PATH": "/"], directory: "/",
      deadline: .now().advanced(by: .seconds(1)), fence: .now().advanced(by: .seconds(1)),
      terminationGrace: .zero)
    let message = MessageFraming.frame(SupervisorCommand.launch(request).encode())
    let sent = message.withUnsafeBytes { bytes in
      send(sockets.ours.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == message.count else { return }
    var rehearsal = JobSupervisor(worker: WorkerConnection(descriptor: sockets.theirs.number))
    _ = rehearsal.serve()
    // What is different where there is such a command.
    _ = try? ExecutableSearch.find("-", path: "/", directory: "/")
    if let own = ProcessIdentity(running: getpid()) { rehearsal.worker.send(.started(own)) }
    withExtendedLifetime(sockets) {}
  }

  private init(worker: consuming WorkerConnection) { self.worker = worker }

  private mutating func serve() -> Int32 {
    while !state.isKilling {
      let wake = state.nextWake.map { BootInstant.now().duration(to: $0) } ?? Self.longestSleep
      worker.wait(atMost: min(max(wake, .zero), Self.longestSleep))
      reap()
      for command in worker.receive() { perform(state.received(command, now: .now())) }
      if worker.isClosed { perform(state.workerVanished()) }
      perform(state.tick(now: .now()))
    }
    return ExitCode.success
  }

  private mutating func perform(_ action: JobSupervisorState.Action?) {
    switch action {
    case nil: break
    case .launch(let request): launch(request)
    case .terminateGroup: if let command { kill(-command, SIGTERM) }
    case .killEverything: finish()
    }
  }

  private mutating func launch(_ request: LaunchRequest) {
    secretsFolder = request.secretsFolder
    do {
      let pid = try JobCommand.start(request)
      command = pid
      JobCommand.releaseOutputs()
      if let process = ProcessIdentity(running: pid) { worker.send(.started(process)) }
    } catch {
      JobCommand.releaseOutputs()
      worker.send(.notStarted(number: error.number, subject: error.operation))
      perform(state.launchFailed())
    }
  }

  /// Collects every child that has ended: the command, and orphans that were handed to us.
  private mutating func reap() {
    var status: Int32 = 0
    while true {
      let pid = waitpid(-1, &status, WNOHANG)
      guard pid > 0 else { return }
      if pid == command, let exit = ExitStatus(waitStatus: status) {
        perform(state.commandEnded(exit, now: .now()))
      }
    }
  }

  /// Kills and reaps until no child is left, then reports the end.
  private mutating func finish() {
    let limit = BootInstant.now().advanced(by: Self.sweepLimit)
    var survivors = DescendantSweep.pass()
    while survivors > 0, BootInstant.now() < limit {
      worker.pause(.milliseconds(2))
      reap()
      survivors = DescendantSweep.pass()
    }
    JobCommand.releaseOutputs()
    // Also where the worker was killed. It says so itself where that does not work.
    if let secretsFolder { try? SecretErasure.erase(secretsFolder) }
    worker.send(
      .ended(
        status: state.ending.status, stopped: state.ending.stopped,
        survivors: UInt32(clamping: survivors)))
  }
}
