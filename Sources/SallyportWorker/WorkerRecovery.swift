import FoundationEssentials
import Glibc
import Logging
import SallyportCore
import SallyportLedger
import SallyportProtos

/// Clears up after an earlier process of this worker, however it ended.
struct WorkerRecovery: Sendable {
  let settings: WorkerSettings
  let ledger: any LedgerRecording
  let logger: Logger

  /// Makes what is missing of the state directory, and room on its disk: workspaces go before
  /// anything is written, so that a job that filled the disk does not keep the worker from starting.
  /// Blocks.
  func prepareDirectories() throws(SystemError) {
    removeWorkspaces()
    removeSecrets()
    for path in [settings.attempts.spools, settings.attempts.workspaces] {
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("make \(path)") }
    }
  }

  /// Ends every attempt that has no result yet: its processes are killed, and it is lost.
  func run(_ journal: ResultJournal, disk: Disk) async throws -> [RecoveredAttempt] {
    if journal.discardedBytes > 0 {
      logger.warning(
        "the journal's last record was torn and is ignored",
        metadata: ["bytes": "\(journal.discardedBytes)"])
    }
    var open = await journal.state.open
    if let damage = journal.damage {
      logger.critical(
        "the journal was damaged: what could be read of it goes on",
        metadata: ["copy": "\(damage.copy)", "salvaged": "\(damage.salvaged)"])
      let history = await journal.state.history
      for attempt in await disk.perform({ spooledAttempts() }) where !history.contains(attempt) {
        open[attempt] = JournalState.Entry(startedAt: WallTime.now().microseconds)
      }
    }
    // First of all, whatever their logs are like: the gateway gives these jobs to others.
    let isKnown = journal.damage == nil
    for (attempt, entry) in open where entry.report == nil {
      await disk.perform { endProcesses(of: attempt, entry, isKnown: isKnown) }
    }
    var recovered: [RecoveredAttempt] = []
    for (attempt, entry) in open {
      let spool: LogSpool
      do {
        spool = try await disk.perform { () throws(SystemError) in try recoverSpool(of: attempt) }
      } catch {
        logger.about(attempt).error(
          "an earlier attempt has no log and cannot get one; the next start tries again",
          metadata: ["error": "\(error)"])
        continue
      }
      if let report = entry.report {
        let digest = await disk.perform { seal(spool) }
        recovered.append(
          RecoveredAttempt(
            attempt: attempt, spool: spool, report: report,
            isDamaged: digest.length != report.request.logLength
              || digest.sha256 != Array(report.request.logSha256)))
      } else {
        let report = await disk.perform {
          lose(attempt, entry, spool: spool, isKnown: isKnown)
        }
        do {
          try await journal.record(.finished(attempt, report))
        } catch {
          logger.about(attempt).error(
            "result not journaled", metadata: ["error": "\(error)"])
        }
        do {
          try await ledger.append(LedgerAttempt(attempt, report.request))
        } catch {
          logger.about(attempt).error(
            "end of an attempt not recorded", metadata: ["error": "\(error)"])
        }
        logger.about(attempt).warning("attempt lost by a restart")
        recovered.append(
          RecoveredAttempt(attempt: attempt, spool: spool, report: report, isDamaged: false))
      }
    }
    let kept = Set(open.keys.map { "\($0.fileName).log" })
    await disk.perform { removeLeftovers(keeping: kept) }
    return recovered
  }

  /// The log that an attempt left; an empty one where it cannot be read, so that its end can be
  /// reported all the same: the log is then incomplete.
  private func recoverSpool(of attempt: AttemptID) throws(SystemError) -> LogSpool {
    let path = spoolPath(attempt)
    let limits = settings.attempts.spoolLimits
    let sealing = settings.logSealing(of: attempt)
    do {
      return try LogSpool.recover(path, limits: limits, sealing: sealing)
    } catch {
      logger.about(attempt).error(
        "log of an earlier attempt not readable: it is reported without",
        metadata: ["error": "\(error)"])
      unlink(path)
      return try LogSpool.create(path, limits: limits, sealing: sealing)
    }
  }

  /// - Parameter isKnown: Whether the journal says all that there is to say: no supervisor means
  ///   then that the command never ran.
  private func endProcesses(
    of attempt: AttemptID, _ entry: JournalState.Entry, isKnown: Bool
  ) {
    guard entry.supervisor != nil || !isKnown, entry.boot == BootID.current || !isKnown,
      huntsOrphans
    else { return }
    let survivors = OrphanHunt(attempt: attempt, supervisor: entry.supervisor).run()
    if survivors > 0 {
      logger.about(attempt).error(
        "processes of a lost job could not be killed", metadata: ["survivors": "\(survivors)"])
    }
  }

  /// - Parameter isKnown: As of ``endProcesses(of:_:isKnown:)``.
  private func lose(
    _ attempt: AttemptID, _ entry: JournalState.Entry, spool: LogSpool, isKnown: Bool
  ) -> FinishReport {
    let mayHaveRun = entry.supervisor != nil || !isKnown
    var result = AttemptResult()
    result.outcome = .lost
    result.reason = "the worker was restarted"
    if mayHaveRun {
      result.logIncompleteReason = "the worker was restarted: the job's last output may be missing"
    }
    // A line of ours may be missing where the disk is full.
    try? spool.append(
      Array("\(result.summary)\n".utf8), to: .system, at: WallTime.now().microseconds)
    try? spool.conclude(at: WallTime.now().microseconds)
    return result.report(
      attempt, log: seal(spool),
      started: entry.startedAt.map { WallTime(microseconds: $0) } ?? .now(),
      reportsCommit: false)
  }

  private var huntsOrphans: Bool {
    #if FAULT_POINTS
      !FaultPoint.leaveOrphans.isPlanted
    #else
      true
    #endif
  }

  /// The digest counts also where the disk does not say that the log will last.
  private func seal(_ spool: LogSpool) -> LogDigest {
    do {
      return try spool.seal()
    } catch {
      logger.error("log not synchronised", metadata: ["error": "\(error)"])
      return spool.digest ?? LogDigest(length: spool.length, sha256: [])
    }
  }

  /// Workspaces, again, because processes that were killed only now may have written to them, and
  /// spools of attempts that are settled.
  private func removeLeftovers(keeping spools: Set<String>) {
    removeWorkspaces()
    removeSecrets()
    for name in names(in: settings.attempts.spools) where !spools.contains(name) {
      unlink("\(settings.attempts.spools)/\(name)")
    }
  }

  /// What an earlier process handed out as files, also where it was killed together with the
  /// supervisors of its jobs.
  private func removeSecrets() {
    let folder = settings.attempts.secrets.folder
    do {
      try SecretErasure.erase(folder)
    } catch {
      logger.error(
        "left-over secret files not removed: remove the folder", metadata: ["error": "\(error)"])
    }
  }

  /// What cannot be removed is said and left: it is in nobody's way.
  private func removeWorkspaces() {
    #if FAULT_POINTS
      if FaultPoint.leaveWorkspace.isPlanted { return }
    #endif
    for name in names(in: settings.attempts.workspaces) {
      do {
        try DirectoryRemoval.remove("\(settings.attempts.workspaces)/\(name)")
      } catch {
        logger.warning("left-over workspace not removed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// The attempts that left a log, by its name.
  private func spooledAttempts() -> [AttemptID] {
    names(in: settings.attempts.spools).compactMap { name in
      guard name.hasSuffix(".log") else { return nil }
      let parts = name.dropLast(".log".count).split(separator: "-")
      guard parts.count == 2, let job = JobID(parts[0]), let epoch = UInt64(parts[1]) else {
        return nil
      }
      return AttemptID(job: job, epoch: epoch)
    }
  }

  private func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  private func spoolPath(_ attempt: AttemptID) -> String {
    "\(settings.attempts.spools)/\(attempt.fileName).log"
  }
}
