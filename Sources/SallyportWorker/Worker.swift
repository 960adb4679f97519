package import Logging
import SallyportAdmission
package import SallyportCore
package import SallyportLedger
internal import SallyportMetrics
import SallyportPolicy
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
    /// As the last Welcome said.
    var leaseDuration: Duration?
    /// The newest session that has told the gateway what runs here. From then on no older one
    /// accepts an offer: the gateway would not know of the attempt and give the job to another.
    var greeted = 0
    var isDrained = false
    /// Whether what runs has been told to end, so that nothing is accepted any more.
    var stopsJobs = false
    /// When jobs have to end, because the worker drains.
    var jobsEnd: BootInstant?
    var restarts = false
    var isToldToStop = false
    /// When there was last something to do.
    var lastBusy = BootInstant.now()

    /// Whether there has been nothing to do for this long, results to deliver included.
    func isIdle(for limit: Duration, now: BootInstant) -> Bool {
      table.entries.isEmpty && !table.isDraining && lastBusy.duration(to: now) >= limit
    }
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
    /// The gateway's name for it.
    let sessionID: String
  }

  let settings: WorkerSettings
  let policy: PolicyInForce
  let ledger: any LedgerRecording
  let logger: Logger
  let links = LinkBoard()
  package let timeWatch = LoopTick()
  let spools = SpoolBoard()
  let metrics: WorkerMetrics
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
  /// - Parameter ledger: Takes every decision about a job before anything of it happens.
  /// - Throws: ``SystemError``, ``JournalError``, `LedgerError`.
  package static func open(
    _ settings: WorkerSettings, ledger: any LedgerRecording, checkouts: any CheckoutProvider,
    metrics: WorkerMetrics = WorkerMetrics(in: MetricsRegistry()), logger: Logger
  ) async throws -> Worker {
    let policy = PolicyInForce(
      settings.admission.policy, asking: settings.admission.query, ledger: ledger, logger: logger)
    try await policy.recordStart()
    let disk = try Disk(name: "spool")
    let recovery = WorkerRecovery(settings: settings, ledger: ledger, logger: logger)
    let journal = try await disk.perform {
      try recovery.prepareDirectories()
      return try ResultJournal(directory: settings.stateDirectory)
    }
    let recovered = try await recovery.run(journal, disk: disk)
    let worker = try Worker(
      settings: settings, policy: policy, ledger: ledger, journal: journal,
      history: await journal.state.history,
      recovered: recovered, disk: disk, checkouts: checkouts, metrics: metrics, logger: logger)
    await disk.perform {
      if settings.attempts.adoptsOrphans { worker.runner.orphans.clearKeyringsBetweenJobs() }
      worker.runner.orphans.prepare(executable: settings.attempts.executable)
    }
    return worker
  }

  private init(
    settings: WorkerSettings, policy: PolicyInForce, ledger: any LedgerRecording,
    journal: ResultJournal, history: AttemptHistory,
    recovered: [RecoveredAttempt], disk: Disk, checkouts: any CheckoutProvider,
    metrics: WorkerMetrics, logger: Logger
  ) throws {
    self.settings = settings
    self.policy = policy
    self.ledger = ledger
    self.journal = journal
    self.recovered = recovered
    self.disk = disk
    self.metrics = metrics
    self.logger = logger
    (taken, take) = AsyncStream.makeStream()
    runner = AttemptRunner(
      settings: settings.attempts, journal: journal, links: links,
      admission: JobAdmission(settings.admission, disk: try Disk(name: "admission")),
      ledger: ledger,
      checkouts: checkouts, disk: disk, workspaceDisk: try Disk(name: "workspace"),
      hunter: try Disk(name: "hunter"),
      metrics: metrics, logger: logger)
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

  /// The same for whoever runs this process: it is not to be started again, whatever the gateway
  /// has said.
  package func stop() {
    state.withLock { $0.isToldToStop = true }
    drain()
  }

  /// Kills all jobs, reports them, and lets ``run(sessions:)`` return soon.
  package func stopNow() {
    drain()
    forced.set(true)
    stopJobs(.init(.workerStopped, detail: ""))
  }

  /// Whether the gateway wants the process to be started again once it has ended.
  package var wantsRestart: Bool { state.withLock { $0.restarts && !$0.isToldToStop } }

  /// As the gateway says: once drained the worker ends. Of several times for jobs the earliest
  /// counts.
  func obey(_ drain: WorkerDrain) {
    logger.notice(
      "drained by the gateway",
      metadata: [
        "reason": "\(drain.reason)", "restart": "\(drain.restarts)",
        "job-timeout": "\(drain.jobTimeout.map { "\($0)" } ?? "none")",
      ])
    state.withLock { state in
      state.restarts = state.restarts || drain.restarts
      guard let timeout = drain.jobTimeout else { return }
      let end = BootInstant.now().advanced(by: timeout)
      state.jobsEnd = min(state.jobsEnd ?? end, end)
    }
    self.drain()
  }

  private func stopJobs(_ stop: AttemptControl.Stop) {
    let controls = state.withLock { state in
      state.stopsJobs = true
      return Array(state.controls.values)
    }
    for control in controls { control.stop(stop) }
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
      group.addTask { await self.untilCancelled { try await self.watchTimes() } }
      for attempt in recovered { group.addTask { await self.deliver(attempt) } }
      group.addTask {
        await self.untilCancelled { try await self.waitUntilDone() }
        self.take.finish()
      }
      for await offer in taken { group.addTask { await self.serve(offer) } }
      finished.set(true)
      // A session ends by itself, so that the gateway sees an end and not a loss; what only dials,
      // or waits to, has nothing to say.
      if state.withLock({ $0.live != nil }) {
        _ = try? await withDeadline(settings.sessionEndGrace) { try await sessionsEnded.wait() }
      }
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

  /// Looks at every time that this process keeps, once a second, because timers do not run while the
  /// machine is suspended.
  private func watchTimes() async throws {
    while true {
      timeWatch.turn()
      fence()
      endJobs()
      leaveIfIdle()
      let next = state.withLock { [$0.table.nextFence, $0.jobsEnd].compactMap { $0 }.min() }
      let wait = next.map { BootInstant.now().duration(to: $0) } ?? .seconds(1)
      try await Task.sleep(for: min(max(wait, .milliseconds(1)), .seconds(1)))
    }
  }

  /// Kills what has lost its lease, also before it has a supervisor that would do so.
  private func fence() {
    let expired = state.withLock { state in
      state.table.expire(now: .now()).compactMap { state.controls[$0] }
    }
    for control in expired { control.stop(.init(.fenced, detail: "")) }
  }

  /// Stops what a drain has given no more time.
  private func endJobs() {
    let isOver = state.withLock { state in
      guard let end = state.jobsEnd, BootInstant.now() >= end else { return false }
      state.jobsEnd = nil
      return true
    }
    if isOver { stopJobs(.init(.drainTimeout, detail: "")) }
  }

  /// An offer that crosses the drain is rejected and goes to another worker.
  private func leaveIfIdle() {
    guard let limit = settings.idleExit else { return }
    let isIdle = state.withLock { $0.isIdle(for: limit, now: .now()) }
    guard isIdle else { return }
    logger.notice("no job for as long as it may be: draining", metadata: ["after": "\(limit)"])
    drain()
  }
}
