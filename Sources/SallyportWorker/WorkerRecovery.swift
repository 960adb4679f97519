import FoundationEssentials
import Glibc
import Logging
import SallyportCore
import SallyportProtos

/// An attempt that an earlier process of this worker left, ended and journaled but not reported.
struct RecoveredAttempt: Sendable {
  let attempt: AttemptID
  let spool: LogSpool
  let report: FinishReport
  /// Whether the spool is not what the report says.
  let isDamaged: Bool
}

/// Clears up after an earlier process of this worker, however it ended.
struct WorkerRecovery: Sendable {
  let settings: WorkerSettings
  let logger: Logger

  /// Makes what is missing of the state directory. Blocks.
  func prepareDirectories() throws(SystemError) {
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
    let open = await journal.state.open
    var recovered: [RecoveredAttempt] = []
    for (attempt, entry) in open {
      let path = spoolPath(attempt)
      let limits = settings.attempts.spoolLimits
      let spool = try await disk.perform { () throws(SystemError) in
        try LogSpool.recover(path, limits: limits)
      }
      if let report = entry.report {
        let digest = try await disk.perform { () throws(SystemError) in try spool.seal() }
        recovered.append(
          RecoveredAttempt(
            attempt: attempt, spool: spool, report: report,
            isDamaged: digest.length != report.request.logLength
              || digest.sha256 != Array(report.request.logSha256)))
      } else {
        let report = try await disk.perform { try lose(attempt, entry, spool: spool) }
        try await journal.record(.finished(attempt, report))
        logger.warning("attempt lost by a restart", metadata: ["job": "\(attempt.job)"])
        recovered.append(
          RecoveredAttempt(attempt: attempt, spool: spool, report: report, isDamaged: false))
      }
    }
    let kept = Set(open.keys.map { "\($0.fileName).log" })
    await disk.perform { removeLeftovers(keeping: kept) }
    return recovered
  }

  private func lose(
    _ attempt: AttemptID, _ entry: JournalState.Entry, spool: LogSpool
  ) throws(SystemError) -> FinishReport {
    if let supervisor = entry.supervisor, entry.boot == BootID.current {
      let survivors = OrphanHunt(attempt: attempt, supervisor: supervisor).run()
      if survivors > 0 {
        logger.error(
          "processes of a lost job could not be killed",
          metadata: ["job": "\(attempt.job)", "survivors": "\(survivors)"])
      }
    }
    var result = AttemptResult()
    result.outcome = .lost
    result.reason = "the worker was restarted"
    try spool.append(
      Array("\(result.summary)\n".utf8), to: .system, at: WallTime.now().microseconds)
    return result.report(
      attempt, log: try spool.seal(), started: WallTime(microseconds: entry.startedAt),
      reportsCommit: false)
  }

  /// Workspaces of all attempts, and spools of those that are settled. What cannot be removed is
  /// said and left: it is in nobody's way.
  private func removeLeftovers(keeping spools: Set<String>) {
    for name in names(in: settings.attempts.workspaces) {
      do {
        try DirectoryRemoval.remove("\(settings.attempts.workspaces)/\(name)")
      } catch {
        logger.warning("left-over workspace not removed", metadata: ["error": "\(error)"])
      }
    }
    for name in names(in: settings.attempts.spools) where !spools.contains(name) {
      unlink("\(settings.attempts.spools)/\(name)")
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
