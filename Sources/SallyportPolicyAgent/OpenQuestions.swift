internal import Synchronization

/// Counts the questions that have no answer yet.
final class OpenQuestions: Sendable {
  private let count = Mutex(0)

  /// - Returns: False where there are too many; true must be followed by one ``end()``.
  func begin() -> Bool {
    count.withLock { count in
      guard count < OpenPolicyAgent.maximumQuestions else { return false }
      count += 1
      return true
    }
  }

  func end() { count.withLock { $0 -= 1 } }
}
