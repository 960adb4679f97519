import SallyportCore

/// Which sessions of one pool have credits and found no job.
///
/// A wake goes to one session, the one that has waited longest: a thousand idle workers do not all
/// ask the store for one new job. Every wake also moves the generation on, so that a session which
/// looked before the job came and wants to wait after it is sent back to look again.
struct WaitingSessions: Sendable {
  private(set) var generation: UInt64 = 0
  private var waiting: [SessionID] = []

  /// - Returns: False where jobs have come since `generation`: look again.
  mutating func wait(_ session: SessionID, since generation: UInt64) -> Bool {
    guard generation == self.generation else { return false }
    if !waiting.contains(session) { waiting.append(session) }
    return true
  }

  /// - Returns: Whom to tell that a job is there.
  mutating func wake() -> SessionID? {
    generation += 1
    return waiting.isEmpty ? nil : waiting.removeFirst()
  }

  mutating func leave(_ session: SessionID) { waiting.removeAll { $0 == session } }
}
