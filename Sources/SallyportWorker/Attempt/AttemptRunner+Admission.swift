import Logging
import SallyportCore
import SallyportLedger
import SallyportMetrics
import SallyportSigning

extension AttemptRunner {
  /// Decides about a job, and records that before anything of it happens.
  ///
  /// - Parameter verified: Of ``JobAdmission/verify(_:)``.
  func admit(
    _ offered: OfferedJob, _ verified: Result<SignedJob?, JobDenied>,
    since taken: ContinuousClock.Instant
  ) async throws -> AdmittedJob {
    defer { metrics.admission.observe(ContinuousClock.now - taken) }
    let admitted: AdmittedJob
    do throws(JobDenied) {
      admitted = try await admission.admit(offered, try verified.get())
    } catch {
      ledger.note(LedgerJob(offered, denied: error))
      throw error
    }
    let decided = ContinuousClock.now
    // Both wait for the disk: at the same time they take hardly longer than one. Where it turns out
    // only now that the job may not run, a second record says so.
    async let claimed = admission.claim(admitted)
    let recorded = await record(admitted, offered)
    switch (await claimed, recorded) {
    case (.success, nil): break
    case (.failure(let denial), _):
      ledger.note(LedgerJob(offered, denied: denial))
      throw denial
    case (.success(let claim), let error?):
      if let claim { await admission.withdraw(claim) }
      logger.error("job not begun: decision not recorded", metadata: ["error": "\(error)"])
      throw AttemptFailure(
        "the job was not begun: the worker's ledger cannot record that it may: \(error)")
    }
    logger.debug(
      "job admitted",
      metadata: [
        "decided-in": "\(decided - taken)", "recorded-in": "\(ContinuousClock.now - decided)",
      ])
    return admitted
  }

  private func record(_ job: AdmittedJob, _ offered: OfferedJob) async -> LedgerError? {
    do throws(LedgerError) {
      try await ledger.append(LedgerJob(job, offered: offered))
      return nil
    } catch {
      return error
    }
  }
}
