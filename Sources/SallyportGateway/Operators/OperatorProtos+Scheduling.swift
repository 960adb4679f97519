import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension Sallyport_Operator_V1_Scheduling {
  init(_ scheduling: Scheduling) {
    self.init()
    priority = scheduling.priority
    selector = scheduling.selector
    if let timeout = scheduling.queueTimeout { queueTimeout = .init(timeout) }
    retry = .init(scheduling.retry)
  }
}

extension Sallyport_Operator_V1_RetryPolicy {
  init(_ policy: RetryPolicy) {
    self.init()
    maximumAttempts = policy.maximumAttempts
    switch policy.on {
    case .never:
      on = .never
      return
    case .lost: on = .lost
    case .always: on = .always
    }
    backoff = .init(policy.backoff)
    maximumBackoff = .init(policy.maximumBackoff)
  }
}

extension Sallyport_Operator_V1_Job {
  mutating func setScheduling(of job: JobRecord) {
    scheduling = .init(job.scheduling)
    if let time = job.notBefore { notBefore = .init(time) }
    attemptsRun = job.attemptsRun
  }
}

extension Sallyport_Operator_V1_Pool {
  mutating func setLoad(of pool: Pool) {
    if let pause = pool.pause {
      paused = true
      pauseReason = pause.reason
      pausedAt = .init(pause.since)
    }
    maximumRunning = pool.maximumRunning ?? 0
    queued = pool.queued
    running = pool.running
  }
}
