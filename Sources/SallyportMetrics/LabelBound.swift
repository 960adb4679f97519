import Synchronization

/// Bounds how many series one metric has: the first combinations of open values get series of their
/// own, later ones share the one that is called `other`.
///
/// A combination that was let in stays in, so that no counter ever runs backwards.
final class LabelBound: Sendable {
  static let overflow = "other"

  private let labels: [MetricLabel]
  private let maximum: Int
  private let admitted = Mutex<Set<[String]>>([])

  init(_ labels: [MetricLabel], maximum: Int) {
    self.labels = labels
    self.maximum = maximum
  }

  /// The values under which a series with these is kept.
  func bounded(_ values: [String]) -> [String] {
    precondition(values.count == labels.count, "a value for each of \(labels.map(\.name))")
    let open = zip(labels, values).filter(\.0.isOpen).map(\.1)
    guard !open.isEmpty else { return values }
    let isIn = admitted.withLock { admitted in
      if admitted.contains(open) { return true }
      guard admitted.count < maximum else { return false }
      admitted.insert(open)
      return true
    }
    return isIn ? values : zip(labels, values).map { $0.isOpen ? Self.overflow : $1 }
  }
}
