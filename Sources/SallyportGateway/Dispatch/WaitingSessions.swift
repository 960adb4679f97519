import SallyportCore

/// Which sessions of one pool have credits and found no job.
///
/// A wake goes to one session, the one that has waited longest: a thousand idle workers do not all
/// ask the store for one new job. Every wake also moves the generation on, so that a session which
/// looked before the job came and wants to wait after it is sent back to look again.
struct WaitingSessions: Sendable {
  private struct Entry {
    let session: SessionID
    var excluding: Set<JobID>
  }

  private(set) var generation: UInt64 = 0
  private var waiting: [Entry] = []

  /// - Parameter excluding: Jobs that the session would not take.
  /// - Returns: False where jobs have come since `generation`: look again.
  mutating func wait(
    _ session: SessionID, since generation: UInt64, excluding: Set<JobID> = []
  ) -> Bool {
    guard generation == self.generation else { return false }
    if let index = waiting.firstIndex(where: { $0.session == session }) {
      waiting[index].excluding = excluding
    } else {
      waiting.append(Entry(session: session, excluding: excluding))
    }
    return true
  }

  /// - Parameter job: Which job is there; nil where it is not known.
  /// - Returns: Whom to tell.
  mutating func wake(for job: JobID? = nil) -> SessionID? {
    generation += 1
    let index = waiting.firstIndex { entry in job.map { !entry.excluding.contains($0) } ?? true }
    return index.map { waiting.remove(at: $0).session }
  }

  mutating func leave(_ session: SessionID) { waiting.removeAll { $0.session == session } }
}
