import Glibc
package import SallyportCore

/// Finds and kills what is left of an attempt whose supervisor is gone: after the worker was killed
/// together with its supervisors, or a supervisor alone.
package struct OrphanHunt: Sendable {
  package let attempt: AttemptID
  /// As it was journaled; nil where the attempt never came so far.
  package let supervisor: ProcessIdentity?

  package init(attempt: AttemptID, supervisor: ProcessIdentity?) {
    self.attempt = attempt
    self.supervisor = supervisor
  }

  /// Kills until nothing is found, for at most `limit`. Blocks.
  ///
  /// - Returns: How many processes were still there at the end.
  package func run(limit: Duration = .seconds(10)) -> Int {
    let end = BootInstant.now().advanced(by: limit)
    while true {
      let victims = find()
      for victim in victims { kill(victim, SIGKILL) }
      if victims.isEmpty || BootInstant.now() >= end { return victims.count }
      usleep(5_000)
    }
  }

  /// Everything below the supervisor, if it still runs; everything whose environment names this
  /// attempt, wherever it went; and what is below that.
  private func find() -> [Int32] {
    guard let table = try? ProcessTable.snapshot() else { return [] }
    var roots: Set<Int32> = []
    if let supervisor, supervisor.exists { roots.insert(supervisor.pid) }
    for process in table.processes where !process.isZombie && process.pid != getpid() {
      if isMarked(process.pid) { roots.insert(process.pid) }
    }
    guard !roots.isEmpty else { return [] }
    // The supervisor goes last: while it lives, orphans come to it and are found below it.
    let below = table.descendants(of: roots).filter { !$0.isZombie }.map(\.pid)
    let found = roots.union(below)
    guard let supervisor, found.count > 1 else { return Array(found) }
    return found.filter { $0 != supervisor.pid }
  }

  private func isMarked(_ pid: Int32) -> Bool {
    guard let file = try? FileDescriptor.open("/proc/\(pid)/environ", O_RDONLY) else {
      return false
    }
    var job = false
    var epoch = false
    var rest: [UInt8] = []
    while let piece = try? file.read(upTo: 65_536, "read an environment"), !piece.isEmpty {
      rest += piece
      // An environment of more than 8 MiB cannot be passed to exec.
      if rest.count > 8 << 20 { break }
    }
    for variable in rest.split(separator: 0) {
      job = job || variable.elementsEqual("SALLYPORT_JOB_ID=\(attempt.job)".utf8)
      epoch = epoch || variable.elementsEqual("SALLYPORT_EPOCH=\(attempt.epoch)".utf8)
    }
    return job && epoch
  }
}
