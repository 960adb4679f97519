import Glibc
import Synchronization

/// Knows this process's own children, supervisors, their template and secret providers, and clears
/// away what is handed to it when one of them is killed: as a subreaper the worker becomes the parent
/// of its orphans, whatever session or environment they have made for themselves.
final class AdoptedOrphans: Sendable {
  private struct State {
    var children: Set<Int32> = []
    /// Those of ``children`` that have a job, or are about to.
    var supervisors: Set<Int32> = []
    var template: SupervisorTemplate?
    var clearKeyrings: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  deinit { state.withLock { $0.template?.end() } }

  /// Its process id, for tests.
  var template: Int32? { state.withLock { $0.template?.pid } }

  /// Supervisors and secret providers that have not ended, for tests.
  var others: Set<Int32> {
    state.withLock { state in state.children.filter { $0 != state.template?.pid } }
  }

  /// Empties the user's keyrings, now and whenever the last job has ended: jobs that run at the same
  /// time have them in common.
  func clearKeyringsBetweenJobs(by clear: @escaping @Sendable () -> Void = UserKeyrings.clear) {
    state.withLock { state in
      state.clearKeyrings = clear
      Self.clearUnusedKeyrings(&state)
    }
  }

  /// Under the lock, so that no job starts meanwhile.
  private static func clearUnusedKeyrings(_ state: inout State) {
    if state.supervisors.isEmpty { state.clearKeyrings?() }
  }

  /// Gets a template ready, so that not even the first supervisor is waited for. Blocks.
  func prepare(executable: String) {
    state.withLock { Self.prepare(&$0, executable) }
  }

  /// Starts a supervisor, which no sweep then takes for an orphan. Blocks.
  func spawn(
    executable: String, mergesStreams: Bool = false
  ) throws(SystemError) -> (job: SupervisedJob, outputs: JobOutputs) {
    try state.withLock { state throws(SystemError) in
      let forked = Self.fork(&state, executable, mergesStreams)
      let spawned =
        if let forked {
          forked
        } else {
          try SupervisedJob.spawn(executable: executable, mergesStreams: mergesStreams)
        }
      state.children.insert(spawned.job.supervisor.pid)
      state.supervisors.insert(spawned.job.supervisor.pid)
      return spawned
    }
  }

  /// Nil where there is no template that can: it has been killed or stopped, and the next supervisor
  /// gets another.
  private static func fork(
    _ state: inout State, _ executable: String, _ mergesStreams: Bool
  ) -> (job: SupervisedJob, outputs: JobOutputs)? {
    prepare(&state, executable)
    guard let template = state.template else { return nil }
    do {
      return try SupervisedJob.spawn(mergesStreams: mergesStreams) {
        descriptors throws(SystemError) in
        try template.fork(descriptors)
      }
    } catch {
      template.end()
      state.children.remove(template.pid)
      state.template = nil
      return nil
    }
  }

  private static func prepare(_ state: inout State, _ executable: String) {
    guard state.template == nil else { return }
    state.template = try? SupervisorTemplate(executable: executable)
    if let template = state.template { state.children.insert(template.pid) }
  }

  /// Starts another child, which no sweep then takes for an orphan. Blocks.
  ///
  /// - Returns: Its process id; ``reap(_:)`` is to be called once it has ended.
  func spawn(_ start: () throws(SystemError) -> Int32) throws(SystemError) -> Int32 {
    try state.withLock { state throws(SystemError) in
      let child = try start()
      state.children.insert(child)
      return child
    }
  }

  /// Reaps a child of ``spawn(_:)`` that has ended. Blocks.
  func reap(_ child: Int32) -> ExitStatus? {
    // Not under the lock: a process that is stuck in the kernel must not stop others from starting.
    var information = siginfo_t()
    while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    return state.withLock { state in
      var status: Int32 = 0
      var result: Int32
      repeat { result = waitpid(child, &status, 0) } while result < 0 && errno == EINTR
      state.children.remove(child)
      return result == child ? ExitStatus(waitStatus: status) : nil
    }
  }

  /// To call once a supervisor has ended. Blocks.
  func remove(_ supervisor: ProcessIdentity) {
    state.withLock { state in
      state.children.remove(supervisor.pid)
      state.supervisors.remove(supervisor.pid)
      Self.clearUnusedKeyrings(&state)
    }
  }

  /// Ends a supervisor that was never told to begin. Blocks until it is gone.
  func abandon(_ job: SupervisedJob) {
    job.abandon()
    remove(job.supervisor)
  }

  /// Kills and reaps every child that was not started here, with all below it, for at most `limit`.
  /// Blocks. Only for a process that starts children only through this.
  ///
  /// - Returns: How many processes were still there at the end.
  func sweep(limit: Duration = .seconds(10)) -> Int {
    let end = BootInstant.now().advanced(by: limit)
    while true {
      let left = state.withLock { Self.pass(keeping: $0.children) }
      if left == 0 || BootInstant.now() >= end {
        // What was killed only now may have put something there after its supervisor's end.
        state.withLock { Self.clearUnusedKeyrings(&$0) }
        return left
      }
      usleep(2_000)
    }
  }

  private static func pass(keeping children: Set<Int32>) -> Int {
    guard let table = try? ProcessTable.snapshot() else { return 0 }
    let own = getpid()
    let orphans = table.processes.filter { $0.parent == own && !children.contains($0.pid) }
    let below = table.descendants(of: Set(orphans.map(\.pid)))
    for process in orphans + below where !process.isZombie { kill(process.pid, SIGKILL) }
    for orphan in orphans { waitpid(orphan.pid, nil, WNOHANG) }
    return orphans.count + below.count
  }
}
