import Logging
import SallyportCore
import SallyportLedger
import SallyportProtos
import Synchronization

extension Worker {
  /// One attempt, from an offer with a reserved slot to a result that the gateway has.
  func serve(_ offer: TakenOffer) async {
    let attempt = offer.job.attempt
    let logger = logger.about(attempt, session: offer.sessionID)
    let (started, taken) = (WallTime.now(), ContinuousClock.now)
    // While the disk notes that there is an attempt.
    async let verification = runner.admission.verify(offer.job)
    let spool: LogSpool
    do {
      spool = try await begin(attempt, at: started)
    } catch {
      logger.error(
        "offer rejected: the state directory cannot be written",
        metadata: ["error": "\(error)"])
      reject(offer, reason: "the worker's disk: \(error)")
      await giveBack(verification)
      return
    }
    do {
      // Better another worker than one that can only fail the job.
      try await ledger.requireWritable()
    } catch {
      logger.error(
        "offer rejected: the ledger cannot be written", metadata: ["error": "\(error)"])
      reject(offer, reason: "the worker's ledger: \(error)")
      await giveBack(verification)
      await settle(attempt, spool: spool)
      return
    }
    guard let control = accept(offer) else {
      logger.notice("offer lapsed before it was accepted")
      if isForced { reject(offer, reason: "the worker is stopping") }
      await giveBack(verification)
      await settle(attempt, spool: spool)
      return
    }
    var runner = runner
    runner.logger = logger
    logger.info("attempt started")
    let began = ContinuousClock.now
    let delivery = ResultDelivery(
      attempt: attempt, links: links, disk: disk, clock: settings.clock, logger: logger)
    async let fate = delivery.upload(spool)
    let report = await runner.run(
      offer.job, verification: await verification, since: taken, spool: spool, control: control,
      started: started)
    metrics.ended(report.request.outcome, since: began)
    logger.info(
      "attempt ended",
      metadata: ["outcome": "\(report.request.outcome)", "reason": "\(report.request.reason)"])
    do {
      try await journal.record(.finished(attempt, report))
    } catch {
      // Reported all the same: what is lost is only that a crash from here on makes it "lost".
      logger.error("result not journaled", metadata: ["error": "\(error)"])
    }
    update { $0.finish(attempt) }
    state.withLock { $0.controls[attempt] = nil }
    do {
      try await deliver(report, fate: try await fate, through: delivery)
      await settle(attempt, spool: spool)
    } catch {
      logger.notice("result kept for the next start")
    }
  }

  /// Of an offer that is not taken on.
  private func giveBack(_ verification: Result<VerifiedJob?, JobDenied>) async {
    if case .success(let verified) = verification { await runner.admission.withdraw(verified) }
  }

  /// The rest of what an earlier process began.
  func deliver(_ recovered: RecoveredAttempt) async {
    let attempt = recovered.attempt
    let logger = logger.about(attempt)
    let delivery = ResultDelivery(
      attempt: attempt, links: links, disk: disk, clock: settings.clock, logger: logger)
    spools.add(recovered.spool)
    do {
      var fate = try await delivery.upload(recovered.spool)
      if recovered.isDamaged {
        fate = .refused("the worker's copy of the log was damaged before it was sent")
      }
      try await deliver(recovered.report, fate: fate, through: delivery)
      await settle(attempt, spool: recovered.spool)
    } catch {
      logger.notice("result kept for the next start")
    }
  }

  private func begin(_ attempt: AttemptID, at time: WallTime) async throws -> LogSpool {
    let path = "\(settings.attempts.spools)/\(attempt.fileName).log"
    let limits = settings.attempts.spoolLimits
    let sealing = settings.logSealing(of: attempt)
    // While the journal is synchronised.
    async let creation = disk.perform {
      Result { () throws(SystemError) in
        try LogSpool.create(path, limits: limits, sealing: sealing)
      }
    }
    do {
      try await journal.record(.started(attempt, at: time.microseconds))
    } catch {
      if let spool = try? await creation.get() { await disk.perform { spool.remove() } }
      throw error
    }
    do {
      let spool = try await creation.get()
      spools.add(spool)
      return spool
    } catch {
      try? await journal.record(.settled(attempt))
      throw error
    }
  }

  private func deliver(
    _ report: FinishReport, fate: ResultDelivery.LogFate, through delivery: ResultDelivery
  ) async throws {
    var report = report
    if case .refused(let reason) = fate {
      report.request.logIncomplete = true
      if report.request.logIncompleteReason.isEmpty { report.request.logIncompleteReason = reason }
    }
    try await delivery.report(report)
  }

  /// The attempt is over for this worker, one way or the other.
  private func settle(_ attempt: AttemptID, spool: LogSpool) async {
    do {
      try await journal.record(.settled(attempt))
    } catch {
      logger.about(attempt).error(
        "attempt not settled in the journal; it is reported again after the next start",
        metadata: ["error": "\(error)"])
    }
    spools.remove(spool)
    await disk.perform { spool.remove() }
    update { $0.remove(attempt) }
    changes.ring()
  }
}
