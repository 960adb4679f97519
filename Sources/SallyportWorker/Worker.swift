package import Logging
import SallyportCore
package import ServiceLifecycle
import Synchronization

/// A worker: takes jobs from a gateway and runs them.
///
/// Jobs belong to the worker, not to a connection: sessions come and go, while every attempt runs
/// in a task of its own until the gateway has its result.
package final class Worker: Sendable {
  /// How a worker came to its end.
  package enum Ending: Hashable, Sendable {
    /// Every result has reached the gateway.
    case settled
    /// These many results wait in the journal for the next start.
    case unsettled(Int)
  }

  struct State {
    var table: AttemptTable
    var history: AttemptHistory
    var controls: [AttemptID: AttemptControl] = [:]
    /// The session that offers are answered in.
    var live: LiveSession?
    /// The newest session that has told the gateway what runs here. From then on no older one
    /// accepts an offer: the gateway would not know of the attempt and give the job to another.
    var greeted = 0
    var isDrained = false
  }

  /// A session after its Welcome.
  struct LiveSession {
    let number: Int
    var state: SessionState
    let outbound: Outbox
  }

  /// An offer whose slot is reserved, and the session it came by.
  struct TakenOffer: Sendable {
    let job: OfferedJob
    let session: Int
  }

  let settings: WorkerSettings
  let logger: Logger
  let links = LinkBoard()
  let state: Mutex<State>
  /// Rings when something changed that ``run(sessions:)`` may wait for.
  let changes = Doorbell()
  /// Set once the worker has ended all it had to do.
  let finished = Latch<Bool>()
  let taken: AsyncStream<TakenOffer>
  // Bounded by the table: an offer is put here only after a slot was reserved for it.
  let take: AsyncStream<TakenOffer>.Continuation
  let disk: Disk
  let journal: ResultJournal
  let runner: AttemptRunner
  private let recovered: [RecoveredAttempt]
  private let stopping = Latch<Bool>()
  private let forced = Latch<Bool>()
  /// Whether ``stopNow()`` was called.
  var isForced: Bool { forced.current != nil }

  /// Opens the state directory and clears up what an earlier process left there: its processes are
  /// killed, its workspaces removed, its attempts journaled as lost.
  ///
  /// - Throws: ``SystemError``, ``JournalError``.
  package static func open(
    _ settings: WorkerSettings, checkouts: any CheckoutProvider, logger: Logger
  ) async throws -> Worker {
    let disk = try Disk(name: "spool")
    let recovery = WorkerRecovery(settings: settings, logger: logger)
    let journal = try await disk.perform {
      try recovery.prepareDirectories()
      return try ResultJournal(directory: settings.stateDirectory)
    }
    let recovered = try await recovery.run(journal, disk: disk)
    return try Worker(
      settings: settings, journal: journal, history: await journal.state.history,
      recovered: recovered, disk: disk, checkouts: checkouts, logger: logger)
  }

  private init(
    settings: WorkerSettings, journal: ResultJournal, history: AttemptHistory,
    recovered: [RecoveredAttempt], disk: Disk, checkouts: any CheckoutProvider, logger: Logger
  ) throws {
    self.settings = settings
    self.journal = journal
    self.recovered = recovered
    self.disk = disk
    self.logger = logger
    (taken, take) = AsyncStream.makeStream()
    runner = AttemptRunner(
      settings: settings.attempts, journal: journal, links: links, checkouts: checkouts,
      disk: disk, workspaceDisk: try Disk(name: "workspace"), hunter: try Disk(name: "hunter"),
      logger: logger)
    var table = AttemptTable(capacity: settings.capacity)
    for attempt in recovered { table.finish(attempt.attempt) }
    state = Mutex(State(table: table, history: history))
  }

  /// Takes nothing new and lets ``run(sessions:)`` return once all jobs have ended and reported.
  package func drain() {
    update { $0.drain() }
    stopping.set(true)
    changes.ring()
  }

  /// Kills all jobs, reports them, and lets ``run(sessions:)`` return soon.
  package func stopNow() {
    drain()
    forced.set(true)
    for control in state.withLock({ Array($0.controls.values) }) {
      control.stop(.init(.workerStopped, detail: ""))
    }
  }

  /// Runs until ``drain()`` or ``stopNow()`` has been called and done its work, or the task is
  /// cancelled, which loses running jobs.
  ///
  /// - Parameter sessions: Keeps sessions open, each with ``session(_:dialer:control:)`` as its
  ///   body.
  package func run(sessions: any Service) async -> Ending {
    let sessionsEnded = Latch<Bool>()
    await withDiscardingTaskGroup { group in
      group.addTask {
        await self.untilCancelled { try await sessions.run() }
        sessionsEnded.set(true)
      }
      group.addTask { await self.untilCancelled { try await self.watchLeases() } }
      for attempt in recovered { group.addTask { await self.deliver(attempt) } }
      group.addTask {
        await self.untilCancelled { try await self.waitUntilDone() }
        self.take.finish()
      }
      for await offer in taken { group.addTask { await self.serve(offer) } }
      finished.set(true)
      _ = try? await withDeadline(.seconds(5)) { try await sessionsEnded.wait() }
      group.cancelAll()
    }
    let left = state.withLock { $0.table.entries.count }
    return left == 0 ? .settled : .unsettled(left)
  }

  private func untilCancelled(_ body: () async throws -> Void) async {
    do {
      try await body()
    } catch is CancellationError {
    } catch {
      logger.critical("the worker stops", metadata: ["error": "\(error)"])
      stopNow()
    }
  }

  private func waitUntilDone() async throws {
    _ = try await stopping.wait()
    while state.withLock({ $0.table.active > 0 }) { try await changes.wait() }
    let grace = isForced ? settings.forcedSettleGrace : settings.settleGrace
    try? await withDeadline(grace) {
      while !self.isSettled { try await self.changes.wait() }
    }
  }

  /// Whether nothing waits for the gateway: no result, and no offer that may still arrive.
  private var isSettled: Bool {
    state.withLock { state in
      state.table.entries.isEmpty && (state.live == nil || state.isDrained)
    }
  }

  /// Kills what has lost its lease, also before it has a supervisor that would do so.
  private func watchLeases() async throws {
    while true {
      let (expired, next) = state.withLock { state in
        let expired = state.table.expire(now: .now()).compactMap { state.controls[$0] }
        return (expired, state.table.nextFence)
      }
      for control in expired { control.stop(.init(.fenced, detail: "")) }
      let wait = next.map { BootInstant.now().duration(to: $0) } ?? .seconds(1)
      try await Task.sleep(for: min(max(wait, .milliseconds(1)), .seconds(1)))
    }
  }
}
