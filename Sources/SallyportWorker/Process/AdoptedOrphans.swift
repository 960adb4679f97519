import Glibc
import Synchronization

/// Knows this process's own children, supervisors and secret providers, and clears away what is
/// handed to it when one of them is killed: as a subreaper the worker becomes the parent of its
/// orphans, whatever session or environment they have made for themselves.
final class AdoptedOrphans: Sendable {
  private let children = Mutex<Set<Int32>>([])

  /// Starts a supervisor, which no sweep then takes for an orphan. Blocks.
  func spawn(
    executable: String, mergesStreams: Bool
  ) throws(SystemError) -> (job: SupervisedJob, outputs: JobOutputs) {
    try children.withLock { children throws(SystemError) in
      let spawned = try SupervisedJob.spawn(
        executable: executable, mergesStreams: mergesStreams)
      children.insert(spawned.job.supervisor.pid)
      return spawned
    }
  }

  /// Starts another child, which no sweep then takes for an orphan. Blocks.
  ///
  /// - Returns: Its process id; ``reap(_:)`` is to be called once it has ended.
  func spawn(_ start: () throws(SystemError) -> Int32) throws(SystemError) -> Int32 {
    try children.withLock { children throws(SystemError) in
      let child = try start()
      children.insert(child)
      return child
    }
  }

  /// Reaps a child of ``spawn(_:)`` that has ended. Blocks.
  func reap(_ child: Int32) -> ExitStatus? {
    // Not under the lock: a process that is stuck in the kernel must not stop others from starting.
    var information = siginfo_t()
    while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    return children.withLock { children in
      var status: Int32 = 0
      var result: Int32
      repeat { result = waitpid(child, &status, 0) } while result < 0 && errno == EINTR
      children.remove(child)
      return result == child ? ExitStatus(waitStatus: status) : nil
    }
  }

  /// To call once a supervisor has ended. Blocks.
  func remove(_ supervisor: ProcessIdentity) {
    _ = children.withLock { $0.remove(supervisor.pid) }
  }

  /// Kills and reaps every child that was not started here, with all below it, for at most `limit`.
  /// Blocks. Only for a process that starts children only through this.
  ///
  /// - Returns: How many processes were still there at the end.
  func sweep(limit: Duration = .seconds(10)) -> Int {
    let end = BootInstant.now().advanced(by: limit)
    while true {
      let left = children.withLock { Self.pass(keeping: $0) }
      if left == 0 || BootInstant.now() >= end { return left }
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
