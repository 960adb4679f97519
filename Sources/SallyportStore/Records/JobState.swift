/// Where a job is: `queued -> offered -> running -> final`.
package enum JobState: String, Hashable, Sendable, CaseIterable {
  case queued, offered, running
  case succeeded, failed, cancelled, timedOut = "timed_out", lost

  package var isFinal: Bool {
    switch self {
    case .queued, .offered, .running: false
    case .succeeded, .failed, .cancelled, .timedOut, .lost: true
    }
  }
}
