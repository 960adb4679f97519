/// When and where a job runs.
package struct Scheduling: Hashable, Sendable {
  /// Higher first; within one priority, jobs start in the order of their submission.
  package var priority: Int32
  /// Only workers that have all these labels are offered the job.
  package var selector: [String: String]
  /// A job that has not begun to run this long after its submission ends as timed out. Once it has
  /// begun, it may wait for its further attempts as long as those take.
  package var queueTimeout: Duration?
  package var retry: RetryPolicy

  package init(
    priority: Int32 = 0, selector: [String: String] = [:], queueTimeout: Duration? = nil,
    retry: RetryPolicy = .never
  ) {
    self.priority = priority
    self.selector = selector
    self.queueTimeout = queueTimeout
    self.retry = retry
  }
}

extension [String: String] {
  /// Whether these labels have all those of `selector`.
  package func satisfy(_ selector: [String: String]) -> Bool {
    selector.allSatisfy { self[$0.key] == $0.value }
  }
}
