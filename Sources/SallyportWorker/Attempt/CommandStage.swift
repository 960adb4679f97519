import Logging
import SallyportCore
import SallyportProtos
import SallyportSecrets

/// Runs a job's command below a supervisor, to its end.
struct CommandStage: Sendable {
  let settings: AttemptSettings
  let journal: ResultJournal
  let orphans: AdoptedOrphans
  let disk: Disk
  /// Kills what lost supervisors leave.
  let hunter: Disk
  let secrets: SecretStage
  let logger: Logger

  /// Not cancellable: a job is ended through `control`.
  ///
  /// Secrets are asked for last of all: no earlier stage holds them, and no provider is asked on behalf
  /// of a job that another worker has.
  ///
  /// - Throws: ``AttemptStopped`` where the command never ran for that; `SecretFailure`;
  ///   ``SystemError``.
  func run(
    _ admitted: AdmittedJob, in workspace: Workspace, supervisor: StandbySupervisor?,
    secretFolder: SecretFolder, commit: String?, control: AttemptControl, deadline: BootInstant,
    spool: LogSpool, masks: JobMasks
  ) async throws -> JobEnding {
    let job = admitted.job
    try control.requireLease()
    let (process, outputs) = try await start(supervisor)
    do {
      // The command must not run before a crash of the worker would know of it.
      try await journal.record(
        .supervised(job.attempt, process.supervisor, boot: BootID.current))
      // All but the command itself is ready when the gateway's answer comes.
      try await control.leaseConfirmed()
      let handedOut = try await secrets.handOut(
        admitted.secrets, to: job.attempt, files: secretFolder, disk: disk,
        masks: masks, log: AttemptLog(spool: spool, disk: disk, masks: masks))
      control.attach(process)
      let folder = handedOut.files.isEmpty ? nil : secretFolder.path
      let request = LaunchRequest(
        arguments: job.specification.command,
        environment: JobEnvironment.make(
          job.specification.environment, attempt: job.attempt, workspace: workspace,
          commit: commit, secretsFolder: folder),
        secrets: handedOut.variables, secretsFolder: folder,
        directory: workspace.checkout, deadline: deadline, fence: control.fence,
        terminationGrace: settings.terminationGrace)
      try process.begin(
        request, outputs: outputs, spool: spool, masks: masks,
        onDiskFull: { [logger] error in
          logger.error(
            "the job is paused: its log cannot be written", metadata: ["error": "\(error)"])
        },
        onReaped: { [orphans] in orphans.remove(process.supervisor) })
    } catch {
      await disk.perform { orphans.abandon(process) }
      throw error
    }
    var ending = await process.ended()
    if case .supervisorLost(let stopped) = ending.cause {
      ending.survivors = await hunt(job.attempt)
      logger.error(
        "a job's supervisor was killed, and the job with it",
        metadata: ["reason": "\(stopped.map { "\($0)" } ?? "unknown")"])
    } else if ending.survivors > 0 {
      ending.survivors = await hunt(job.attempt)
    }
    if ending.survivors > 0 {
      logger.error(
        "processes of a job could not be killed", metadata: ["survivors": "\(ending.survivors)"])
    }
    return ending
  }

  private func start(
    _ standby: StandbySupervisor?
  ) async throws(SystemError) -> StandbySupervisor.Started {
    if let started = standby?.take() { return started }
    return try await disk.perform { [orphans, settings] () throws(SystemError) in
      try orphans.spawn(
        executable: settings.executable, mergesStreams: settings.mergesStreams)
    }
  }

  /// Without its supervisor a job's processes are found by what they carry and by whose children
  /// they have become.
  ///
  /// - Returns: How many could not be killed.
  private func hunt(_ attempt: AttemptID) async -> UInt32 {
    let (orphans, adopts) = (orphans, settings.adoptsOrphans)
    return await hunter.perform {
      let marked = OrphanHunt(attempt: attempt, supervisor: nil).run()
      return UInt32(clamping: marked + (adopts ? orphans.sweep() : 0))
    }
  }
}
