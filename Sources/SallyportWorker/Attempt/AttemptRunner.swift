import FoundationEssentials
import Logging
import SallyportCore
import SallyportLedger
import SallyportMetrics
import SallyportProtos
import SallyportSigning
import SwiftProtobuf

/// Runs one attempt from an accepted offer to its result: workspace, checkout, command.
///
/// Whatever goes wrong becomes the attempt's outcome with a reason, and a line of its log.
package struct AttemptRunner: Sendable {
  let settings: AttemptSettings
  let journal: ResultJournal
  let links: LinkBoard
  let admission: JobAdmission
  let ledger: any LedgerRecording
  let checkouts: any CheckoutProvider
  /// For spools.
  let disk: Disk
  /// For workspaces, whose removal may take long.
  let workspaceDisk: Disk
  /// For the hunt after a lost supervisor, which must not wait for either.
  let hunter: Disk
  let metrics: WorkerMetrics
  let orphans = AdoptedOrphans()
  /// Names the attempt.
  var logger: Logger

  /// Never throws: the caller journals and delivers the report.
  ///
  /// - Parameters:
  ///   - verification: Of ``JobAdmission/verify(_:)``.
  ///   - taken: When the offer was.
  func run(
    _ offered: OfferedJob, verification: Result<VerifiedJob?, JobDenied>,
    since taken: ContinuousClock.Instant, spool: LogSpool, control: AttemptControl,
    started: WallTime
  ) async -> FinishReport {
    let masks = JobMasks()
    let log = AttemptLog(spool: spool, disk: disk, masks: masks)
    // A sealed pool's commits stay with the customer, whatever this worker's configuration says.
    let reportsCommit = settings.reportsCommit && !offered.isSealed
    var timeout = AttemptSettings.maximumTimeout
    var result = AttemptResult()
    do {
      async let preparation = prepare(offered)
      let admission: Result<AdmittedJob, any Error>
      do {
        admission = .success(try await admit(offered, verification, since: taken))
      } catch {
        admission = .failure(error)
      }
      let prepared = await preparation
      try await with(prepared) {
        let admitted = try admission.get()
        let workspace = try prepared.workspace.get()
        let job = admitted.job
        timeout = job.effectiveTimeout
        let deadline = BootInstant.now().advanced(by: timeout)
        try refuse(job)
        if var checkout = try checkout(of: job) {
          // Also where nobody's signature counts here: the VCS agent has keys of its own.
          checkout.grant = offered.envelope
          let commit = try await checkOut(
            checkout, into: workspace, control: control, deadline: deadline, log: log)
          if reportsCommit { await log.note("checked out \(commit)") }
          result.commit = commit
        }
        let commit = result.commit
        let ending = try await withSecretFolder(job.attempt) { folder in
          try await CommandStage(
            settings: settings, journal: journal, orphans: orphans, disk: disk,
            hunter: hunter, secrets: secretStage(control, deadline: deadline), logger: logger
          ).run(
            admitted, in: workspace, supervisor: prepared.supervisor, secretFolder: folder,
            commit: commit, control: control, deadline: deadline, spool: spool, masks: masks)
        }
        result.apply(ending, stop: control.stopped.current, timeout: timeout)
      }
    } catch let stopped as AttemptStopped {
      result.apply(stopped.stop, timeout: timeout)
    } catch let denial as JobDenied {
      logger.notice("job denied", metadata: denial.metadata)
      result.isDenied = true
      result.reason = oneLine("\(denial)")
    } catch {
      result.outcome = .failed
      result.reason = oneLine("\(error)")
    }
    // What the gateway gets beside the log.
    result.mask(by: masks)
    if let complaint = masks.complaint { await log.note(complaint) }
    return await seal(
      result, log: log, attempt: offered.attempt, started: started, reportsCommit: reportsCommit)
  }

  private func refuse(_ job: OfferedJob) throws {
    if let objection = job.objection { throw AttemptFailure(objection) }
  }

  private func checkout(of job: OfferedJob) throws -> CheckoutSpecification? {
    do {
      return try job.checkout
    } catch {
      throw AttemptFailure("the job's checkout is not valid: \(error)")
    }
  }

  /// Whatever happens, nothing is left of the files afterwards: all processes of the job are gone.
  private func withSecretFolder(
    _ attempt: AttemptID, _ body: (SecretFolder) async throws -> JobEnding
  ) async throws -> JobEnding {
    let folder = SecretFolder(attempt, settings.secrets)
    let result: Result<JobEnding, any Error>
    do {
      result = .success(try await body(folder))
    } catch {
      result = .failure(error)
    }
    guard folder.mayHoldSomething else { return try result.get() }
    do {
      try await workspaceDisk.perform { () throws(SystemError) in try folder.erase() }
    } catch {
      logger.error(
        "secret files not removed: the next start tries again", metadata: ["error": "\(error)"])
    }
    return try result.get()
  }

  private func secretStage(_ control: AttemptControl, deadline: BootInstant) -> SecretStage {
    SecretStage(
      control: control, deadline: deadline, variables: settings.secrets.variables,
      orphans: orphans,
      sealed: settings.sealedSecrets.map { SealedSecretProvider(settings: $0, links: links) },
      ledger: ledger, metrics: metrics, logger: logger)
  }

  private func checkOut(
    _ checkout: CheckoutSpecification, into workspace: Workspace, control: AttemptControl,
    deadline: BootInstant, log: AttemptLog
  ) async throws -> String {
    let began = ContinuousClock.now
    defer { metrics.checkout.observe(ContinuousClock.now - began) }
    let name = checkout.ref.isEmpty ? checkout.commit : checkout.ref
    await log.note(
      oneLine("checking out \(checkout.repository) at \(name) through \(checkout.vcsPool)"))
    let stage = CheckoutStage(
      control: control, links: links, provider: checkouts, log: log,
      workspaceDisk: workspaceDisk, ledger: ledger, logger: logger,
      retries: settings.checkoutRetries)
    return try await withThrowingTaskGroup(of: String.self) { group in
      group.addTask { try await stage.run(checkout, into: workspace) }
      group.addTask { throw AttemptStopped(stop: try await control.stopped.wait()) }
      group.addTask {
        try await Task.sleep(for: max(BootInstant.now().duration(to: deadline), .zero))
        throw AttemptStopped(stop: .init(.timedOut, detail: "during checkout"))
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }

  private func seal(
    _ result: AttemptResult, log: AttemptLog, attempt: AttemptID, started: WallTime,
    reportsCommit: Bool
  ) async -> FinishReport {
    let (spool, summary) = (log.spool, result.summary)
    do {
      try await disk.perform { () throws(SystemError) in
        log.noteBlocking(summary)
        // A disk that is full leaves a sealed log without an end, which its readers are told.
        try? spool.conclude(at: WallTime.now().microseconds)
        _ = try spool.seal()
      }
    } catch {
      // Whether the log is whole is for the gateway to say, which has its digest.
      logger.error("log not synchronised", metadata: ["error": "\(error)"])
    }
    let digest = spool.digest ?? LogDigest(length: spool.length, sha256: [])
    let report = result.report(
      attempt, log: digest, started: started, reportsCommit: reportsCommit)
    // Of a job that was denied there is nothing more to say.
    if !result.isDenied { await record(report, of: attempt, commit: result.commit) }
    return report
  }

  /// What cannot be undone is delivered also where it cannot be recorded.
  private func record(_ report: FinishReport, of attempt: AttemptID, commit: String?) async {
    do throws(LedgerError) {
      try await ledger.append(LedgerAttempt(attempt, report.request, commit: commit))
    } catch {
      logger.error("end of an attempt not recorded", metadata: ["error": "\(error)"])
    }
  }
}
