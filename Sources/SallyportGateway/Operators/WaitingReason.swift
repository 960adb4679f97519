import FoundationEssentials
import SallyportStore

/// Says, for people, what a queued job waits for: the first thing that would have to change.
struct WaitingReason: Sendable {
  /// The labels of a session of the pool, and whether it takes no more jobs.
  struct Worker: Hashable, Sendable {
    let labels: [String: String]
    let isDraining: Bool
  }

  let job: JobRecord
  let standing: QueueStanding
  /// Those of the pool that are connected.
  let workers: [Worker]

  var text: String {
    if let time = job.notBefore {
      let attempt = "attempt \(job.attemptsRun + 1) of \(job.scheduling.retry.maximumAttempts)"
      let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
      return "\(attempt) is not offered before \(date.formatted(.iso8601))"
    }
    if let pause = standing.pause { return "the pool is paused: \(pause.reason)" }
    return missingWorker ?? fullScope ?? place
  }

  private var missingWorker: String? {
    guard !workers.isEmpty else { return "no worker of the pool is connected" }
    let selector = job.scheduling.selector
    let matching = workers.filter { $0.labels.satisfy(selector) }
    guard !matching.isEmpty else {
      let labels = selector.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
      return "no connected worker has the labels \(labels)"
    }
    guard matching.allSatisfy(\.isDraining) else { return nil }
    return selector.isEmpty
      ? "every connected worker of the pool drains"
      : "every connected worker with the job's labels drains"
  }

  private var fullScope: String? {
    for (name, load) in [("pool", standing.pool), ("tenant", standing.tenant)] {
      if load.isFull, let maximum = load.maximum {
        return "the \(name) runs \(load.running) of at most \(maximum) jobs"
      }
    }
    // How much others run is not this tenant's to know.
    return standing.gateway.isFull ? "the gateway runs as many jobs as it may" : nil
  }

  private var place: String {
    switch standing.jobsAhead {
    case 0: "a worker with a free place"
    case 1: "1 job of the pool that comes first"
    case QueueStanding.countedJobs...: "\(QueueStanding.countedJobs) or more jobs that come first"
    case let count: "\(count) jobs of the pool that come first"
    }
  }
}
