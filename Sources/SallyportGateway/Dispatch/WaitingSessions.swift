import SallyportCore
import SallyportStore

/// Which sessions of one pool have credits and found no job.
///
/// A wake goes to one session, the one that has waited longest of those that can take the job: a
/// thousand idle workers do not all ask the store for one new job. Every wake also moves the
/// generation on, so that a session which looked before the job came and wants to wait after it is
/// sent back to look again.
struct WaitingSessions: Sendable {
  private struct Entry {
    let session: SessionID
    let labels: [String: String]
    var excluding: Set<JobID>

    func canTake(_ job: ReadyJob) -> Bool {
      !excluding.contains(job.id) && labels.satisfy(job.selector)
    }
  }

  private(set) var generation: UInt64 = 0
  private var waiting: [Entry] = []

  /// - Parameter excluding: Jobs that the session would not take.
  /// - Returns: False where jobs have come since `generation`: look again.
  mutating func wait(
    _ session: SessionID, labels: [String: String] = [:], since generation: UInt64,
    excluding: Set<JobID> = []
  ) -> Bool {
    guard generation == self.generation else { return false }
    if let index = waiting.firstIndex(where: { $0.session == session }) {
      waiting[index].excluding = excluding
    } else {
      waiting.append(Entry(session: session, labels: labels, excluding: excluding))
    }
    return true
  }

  /// - Parameter job: Which job is there; nil where it is not known.
  /// - Returns: Whom to tell.
  mutating func wake(for job: ReadyJob? = nil) -> SessionID? {
    generation += 1
    let index = waiting.firstIndex { entry in job.map { entry.canTake($0) } ?? true }
    return index.map { waiting.remove(at: $0).session }
  }

  /// The whole queue may be offered again.
  mutating func wakeAll() -> [SessionID] {
    generation += 1
    defer { waiting = [] }
    return waiting.map(\.session)
  }

  mutating func leave(_ session: SessionID) { waiting.removeAll { $0.session == session } }
}
