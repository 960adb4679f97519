import Logging
import SallyportCore
import SallyportLedger
import SallyportMetrics

extension AttemptRunner {
  /// Decides about a job, and records that before anything of it happens.
  ///
  /// - Parameter verification: Of ``JobAdmission/verify(_:)``.
  func admit(
    _ offered: OfferedJob, _ verification: Result<VerifiedJob?, JobDenied>,
    since taken: ContinuousClock.Instant
  ) async throws -> AdmittedJob {
    defer { metrics.admission.observe(ContinuousClock.now - taken) }
    let verified: VerifiedJob?
    do throws(JobDenied) {
      verified = try verification.get()
    } catch {
      ledger.note(LedgerJob(offered, denied: error))
      throw error
    }
    // While the rest is decided and recorded: waiting for the disk twice at the same time takes
    // hardly longer than once.
    async let securing = admission.secure(verified)
    let admitted: AdmittedJob
    do throws(JobDenied) {
      admitted = try await admission.admit(offered, verified)
    } catch {
      _ = await securing
      // A job that is denied has not used up a run.
      await admission.withdraw(verified)
      ledger.note(LedgerJob(offered, denied: error))
      throw error
    }
    let decided = ContinuousClock.now
    let unrecorded = await record(admitted, offered)
    if let denial = await securing {
      ledger.note(LedgerJob(offered, denied: denial))
      throw denial
    }
    if let unrecorded {
      await admission.withdraw(verified)
      logger.error("job not begun: decision not recorded", metadata: ["error": "\(unrecorded)"])
      throw AttemptFailure(
        "the job was not begun: the worker's ledger cannot record that it may: \(unrecorded)")
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
