import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore

/// Tells everybody in this process who has to know that the store has changed a job.
struct JobNotifier: Sendable {
  let hub: ChangeHub
  let dispatcher: Dispatcher
  let releases: ReleaseAlarm
  let sessions: SessionRegistry
  let relays: RelayTable
  let digests: LogDigests
  let metrics: GatewayMetrics
  let logger: Logger

  /// The job waits, for a worker or for its backoff to end.
  func queued(_ job: JobRecord) {
    hub.publish(job.id, of: job.tenant)
    bringUp(job)
  }

  private func bringUp(_ job: JobRecord) {
    if let time = job.notBefore {
      releases.ring(for: time)
    } else {
      dispatcher.wake(PoolKey(job), for: ReadyJob(job))
    }
  }

  /// What this process has of an attempt that is over.
  private func forgetAttempt(of job: JobRecord, reason: String) {
    relays.cut(job: job.id, reason: reason)
    digests.forget(job.attempt)
    dispatcher.freed(PoolKey(job))
  }

  /// The job is back in the queue, and its attempt over.
  func requeued(_ job: JobRecord, reason: String) {
    forgetAttempt(of: job, reason: reason)
    if job.notBefore != nil { note("job is run again", job, job.reason) }
    queued(job)
  }

  func changed(_ job: JobRecord) {
    hub.publish(job.id, of: job.tenant)
    guard job.state.isFinal else { return }
    noteEnd(of: job)
    forgetAttempt(of: job, reason: "the job has ended")
  }

  /// An attempt's worker has reported its end.
  func finished(_ job: JobRecord) {
    if job.state == .queued {
      requeued(job, reason: "the attempt has ended")
    } else {
      changed(job)
    }
  }

  /// A worker does not take an offer, or did not in time.
  func noteReturn(_ job: JobRecord, _ reason: String) {
    metrics.offersReturned.increment()
    note("offer returned", job, reason)
  }

  private func note(_ event: Logger.Message, _ job: JobRecord, _ reason: String) {
    logger.notice(
      event, metadata: job.logMetadata.merging(["reason": "\(reason)"]) { old, _ in old })
  }

  private func noteEnd(of job: JobRecord) {
    metrics.jobsEnded(job.tenant.rawValue, job.pool.rawValue, job.state.rawValue).increment()
    let isLost = job.state == .lost
    if isLost { metrics.leasesLost.increment() }
    var metadata = job.logMetadata
    metadata["state"] = "\(job.state.rawValue)"
    if !job.reason.isEmpty { metadata["reason"] = "\(job.reason)" }
    logger.log(level: isLost ? .notice : .info, "job ended", metadata: metadata)
  }

  /// The process that this one succeeds, or is succeeded by, has changed a job: whoever has to know
  /// of it may be here.
  ///
  /// What comes twice does no harm: a worker acknowledges each cancellation, and a claim that finds
  /// nothing waits again.
  func heard(_ job: JobRecord) {
    hub.tell(job.id)
    switch job.state {
    case .queued:
      forgetAttempt(of: job, reason: "the attempt has ended")
      bringUp(job)
    case .offered: break
    case .running:
      guard job.cancelRequested, !job.cancelAcknowledged, let worker = job.worker else { break }
      sessions.signal(worker, .cancel(job.attempt, reason: job.cancelReason))
    case .succeeded, .failed, .cancelled, .timedOut, .lost:
      forgetAttempt(of: job, reason: "the job has ended")
      guard let worker = job.worker else { break }
      let signal: WorkerSignal =
        job.state == .lost ? .cancel(job.attempt, reason: job.reason) : .withdraw(job.attempt)
      sessions.signal(worker, signal)
    }
  }

  /// - Parameter tellWorkers: False where the worker itself is the reason.
  func apply(_ changes: JobChanges, tellWorkers: Bool = true) {
    for job in changes.ended {
      changed(job)
      if tellWorkers, let worker = job.worker {
        let signal: WorkerSignal =
          // What ran; an offer is withdrawn.
          job.state == .lost || job.state == .cancelled
          ? .cancel(job.attempt, reason: job.reason) : .withdraw(job.attempt)
        sessions.signal(worker, signal)
      }
    }
    for offer in changes.requeued {
      if offer.hadBegun {
        metrics.leasesLost.increment()
      } else {
        noteReturn(offer.job, "the offer was not accepted in time")
      }
      if tellWorkers, let worker = offer.worker {
        let signal: WorkerSignal =
          offer.hadBegun
          ? .cancel(offer.attempt, reason: offer.job.reason) : .lapse(offer.attempt)
        sessions.signal(worker, signal)
      }
      requeued(
        offer.job,
        reason: offer.hadBegun ? "the attempt was lost" : "the offer was not accepted in time")
    }
  }
}
