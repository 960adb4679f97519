/// What a rule wants of a job's timeout.
package enum TimeoutCondition: Hashable, Sendable {
  case atMost(Duration)
  case over(Duration)

  /// - Parameter timeout: Nil where nothing bounds the job.
  func holds(for timeout: Duration?) -> Bool {
    switch self {
    case .atMost(let bound): timeout.map { $0 <= bound } ?? false
    case .over(let bound): timeout.map { $0 > bound } ?? true
    }
  }
}
