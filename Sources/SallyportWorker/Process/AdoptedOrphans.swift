import Glibc
import Synchronization

/// Knows this process's supervisors, and clears away what is handed to it when one of them is
/// killed: as a subreaper the worker becomes the parent of its orphans, whatever session or
/// environment they have made for themselves.
final class AdoptedOrphans: Sendable {
  private let supervisors = Mutex<Set<Int32>>([])

  /// Starts a supervisor, which no sweep then takes for an orphan. Blocks.
  func spawn(
    executable: String
  ) throws(SystemError) -> (job: SupervisedJob, outputs: JobOutputs) {
    try supervisors.withLock { supervisors throws(SystemError) in
      let spawned = try SupervisedJob.spawn(executable: executable)
      supervisors.insert(spawned.job.supervisor.pid)
      return spawned
    }
  }

  /// To call once a supervisor has ended. Blocks.
  func remove(_ supervisor: ProcessIdentity) {
    _ = supervisors.withLock { $0.remove(supervisor.pid) }
  }

  /// Kills and reaps every child that is no supervisor, with all below it, for at most `limit`.
  /// Blocks. Only for a process that starts nothing but supervisors.
  ///
  /// - Returns: How many processes were still there at the end.
  func sweep(limit: Duration = .seconds(10)) -> Int {
    let end = BootInstant.now().advanced(by: limit)
    while true {
      let left = supervisors.withLock { Self.pass(keeping: $0) }
      if left == 0 || BootInstant.now() >= end { return left }
      usleep(2_000)
    }
  }

  private static func pass(keeping supervisors: Set<Int32>) -> Int {
    guard let table = try? ProcessTable.snapshot() else { return 0 }
    let own = getpid()
    let orphans = table.processes.filter { $0.parent == own && !supervisors.contains($0.pid) }
    let below = table.descendants(of: Set(orphans.map(\.pid)))
    for process in orphans + below where !process.isZombie { kill(process.pid, SIGKILL) }
    for orphan in orphans { waitpid(orphan.pid, nil, WNOHANG) }
    return orphans.count + below.count
  }
}
