import Glibc

/// Kills what is below this process in the process tree.
enum DescendantSweep {
  /// One round: SIGKILL to every descendant, and to every process group that they form, which is
  /// what stops a fork bomb: the kernel delivers to a group at once, forks included.
  ///
  /// Safe because a job starts in a session of its own, and a process can enter no group outside
  /// its session: no group of a descendant holds anything but descendants.
  ///
  /// - Returns: How many children are left, as far as can be seen; zero means none.
  static func pass() -> Int {
    guard hasChildren else { return 0 }
    guard let table = try? ProcessTable.snapshot() else { return 1 }
    let own = getpid()
    let ownGroup = getpgrp()
    let victims = table.descendants(of: [own])
    for group in Set(victims.map(\.group)) where group > 1 && group != ownGroup {
      kill(-group, SIGKILL)
    }
    for victim in victims where !victim.isZombie { kill(victim.pid, SIGKILL) }
    return max(victims.count, 1)
  }

  private static var hasChildren: Bool {
    var information = siginfo_t()
    while waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) != 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}
