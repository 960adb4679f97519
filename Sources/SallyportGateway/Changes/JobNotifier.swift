import SallyportStore

/// Tells everybody in this process who has to know that the store has changed a job.
struct JobNotifier: Sendable {
  let hub: ChangeHub
  let dispatcher: Dispatcher
  let sessions: SessionRegistry
  let relays: RelayTable
  let digests: LogDigests

  func queued(_ job: JobRecord) {
    hub.publish(job.id)
    dispatcher.wake(PoolKey(tenant: job.tenant, pool: job.pool))
  }

  func changed(_ job: JobRecord) {
    hub.publish(job.id)
    guard job.state.isFinal else { return }
    relays.cut(job: job.id, reason: "the job has ended")
    digests.forget(job.attempt)
  }

  func apply(_ changes: JobChanges) {
    for job in changes.ended {
      changed(job)
      if let worker = job.worker {
        let signal: WorkerSignal =
          job.state == .lost
          ? .cancel(job.attempt, reason: job.reason) : .withdraw(job.attempt)
        sessions.signal(worker, signal)
      }
    }
    for offer in changes.requeued {
      if let worker = offer.worker { sessions.signal(worker, .withdraw(offer.attempt)) }
      relays.cut(job: offer.job.id, reason: "the offer was not accepted in time")
      queued(offer.job)
    }
  }
}
