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
    let admitted: AdmittedJob
    do throws(JobDenied) {
      verified = try verification.get()
      admitted = try await decide(offered, verified)
    } catch {
      ledger.note(LedgerJob(offered, denied: error))
      throw error
    }
    let decided = ContinuousClock.now
    // Both wait for the disk: at the same time they take hardly longer than one.
    async let securing = admission.secure(verified)
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

  /// A job that is denied has not used up a run.
  private func decide(
    _ offered: OfferedJob, _ verified: VerifiedJob?
  ) async throws(JobDenied) -> AdmittedJob {
    do throws(JobDenied) {
      return try await admission.admit(offered, verified)
    } catch {
      await admission.withdraw(verified)
      throw error
    }
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
