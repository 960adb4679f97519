import Logging
import SallyportCore
import SallyportProtos

/// Runs a job's command below a supervisor, to its end.
struct CommandStage: Sendable {
  let settings: AttemptSettings
  let journal: ResultJournal
  let orphans: AdoptedOrphans
  let disk: Disk
  let workspaceDisk: Disk
  let logger: Logger

  /// Not cancellable: a job is ended through `control`.
  func run(
    _ job: OfferedJob, in workspace: Workspace, commit: String?, control: AttemptControl,
    deadline: BootInstant, spool: LogSpool
  ) async throws -> JobEnding {
    let (orphans, executable) = (orphans, settings.executable)
    let (process, outputs) = try await disk.perform { () throws(SystemError) in
      try orphans.spawn(executable: executable)
    }
    let request = LaunchRequest(
      arguments: job.specification.command,
      environment: JobEnvironment.make(
        job.specification.environment, attempt: job.attempt, workspace: workspace, commit: commit),
      directory: workspace.checkout, deadline: deadline, fence: control.fence,
      terminationGrace: settings.terminationGrace)
    do {
      // The command must not run before a crash of the worker would know of it.
      try await journal.record(
        .supervised(job.attempt, process.supervisor, boot: BootID.current))
      try process.begin(request, outputs: outputs, spool: spool)
    } catch {
      await workspaceDisk.perform {
        process.abandon()
        orphans.remove(process.supervisor)
      }
      throw error
    }
    control.attach(process)
    let ending = await process.ended()
    await workspaceDisk.perform { orphans.remove(process.supervisor) }
    if ending.cause == .supervisorLost { await hunt(job.attempt) }
    if ending.survivors > 0 {
      logger.error(
        "processes of a job could not be killed", metadata: ["survivors": "\(ending.survivors)"])
    }
    return ending
  }

  /// Without its supervisor a job's processes are found by what they carry and by whose children
  /// they have become.
  private func hunt(_ attempt: AttemptID) async {
    let (orphans, adopts) = (orphans, settings.adoptsOrphans)
    let survivors = await workspaceDisk.perform {
      let marked = OrphanHunt(attempt: attempt, supervisor: nil).run()
      return marked + (adopts ? orphans.sweep() : 0)
    }
    logger.error(
      "a job's supervisor was killed, and the job with it", metadata: ["survivors": "\(survivors)"])
  }
}
