internal import SallyportCore
internal import Synchronization

/// What a worker was shown on one sealed channel, for each repository.
final class ShownTable: Sendable {
  /// What was shown under one grant, or under one edition of the policy, opens nothing under another.
  struct Key: Hashable, Sendable {
    let repository: RepositoryName
    let edition: String
    let job: JobID?
    /// See ``ShownOnChannel/init(isComplete:)``.
    let isComplete: Bool
  }

  /// Of one channel. A worker that goes on to more has to list the first anew.
  static let capacity = 8

  private let entries = Mutex<[(key: Key, shown: ShownOnChannel)]>([])

  func shown(for key: Key) -> ShownOnChannel {
    entries.withLock { entries in
      if let index = entries.firstIndex(where: { $0.key == key }) {
        let entry = entries.remove(at: index)
        entries.append(entry)
        return entry.shown
      }
      if entries.count == Self.capacity { entries.removeFirst() }
      let shown = ShownOnChannel(isComplete: key.isComplete)
      entries.append((key, shown))
      return shown
    }
  }
}
