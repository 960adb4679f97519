import Logging
import SallyportCore
import SallyportProtos
import Synchronization

/// What an attempt needs beside its job, made while it is decided whether that may run.
struct Preparation: Sendable {
  let workspace: Result<Workspace, SystemError>
  /// Nil where it is not needed at once: a checkout comes first, and may take long.
  let supervisor: StandbySupervisor?
}

/// A supervisor that has not been told of any job.
final class StandbySupervisor: Sendable {
  typealias Started = (job: SupervisedJob, outputs: JobOutputs)

  private let started: Mutex<Started?>

  init(_ started: Started) { self.started = Mutex(started) }

  /// Whoever takes it has to begin or to abandon it. Nil where it has been taken.
  func take() -> Started? {
    started.withLock { started in
      defer { started = nil }
      return started
    }
  }
}

extension AttemptRunner {
  /// Never throws: what could not be made is missed by whoever needs it.
  func prepare(_ offered: OfferedJob) async -> Preparation {
    let parent = settings.workspaces
    async let workspace = workspaceDisk.perform {
      Result { () throws(SystemError) in try Workspace.create(offered.attempt, in: parent) }
    }
    let supervisor = offered.specification.hasCheckout ? nil : await standBy()
    return Preparation(workspace: await workspace, supervisor: supervisor)
  }

  private func standBy() async -> StandbySupervisor? {
    await disk.perform { [orphans, settings] in
      let started = try? orphans.spawn(
        executable: settings.executable, mergesStreams: settings.mergesStreams)
      return started.map { StandbySupervisor($0) }
    }
  }

  /// Runs `body` and removes what it leaves of the preparation.
  func with(
    _ preparation: Preparation, _ body: () async throws -> Void
  ) async throws {
    let result: Result<Void, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    if let unused = preparation.supervisor?.take() {
      await disk.perform { [orphans] in orphans.abandon(unused.job) }
    }
    if let workspace = try? preparation.workspace.get() { await remove(workspace) }
    try result.get()
  }

  private func remove(_ workspace: Workspace) async {
    do {
      try await workspaceDisk.perform { () throws(SystemError) in
        #if FAULT_POINTS
          if FaultPoint.leaveWorkspace.isPlanted { return }
        #endif
        try workspace.remove()
      }
    } catch {
      logger.warning(
        "workspace not removed; the next start tries again", metadata: ["error": "\(error)"])
    }
  }
}
