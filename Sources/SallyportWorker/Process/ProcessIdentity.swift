/// Names a process so that a reused process id is never mistaken for it.
package struct ProcessIdentity: Hashable, Sendable {
  package let pid: Int32
  /// Clock ticks from boot to the process's start: `/proc/<pid>/stat`, field 22.
  package let startTime: UInt64

  package init(pid: Int32, startTime: UInt64) {
    self.pid = pid
    self.startTime = startTime
  }

  /// Nil where no such process exists.
  package init?(running pid: Int32) {
    guard let status = ProcessStatus(of: pid) else { return nil }
    self = status.identity
  }

  /// Whether this very process still exists, as a zombie or better.
  package var exists: Bool { ProcessIdentity(running: pid) == self }
}
