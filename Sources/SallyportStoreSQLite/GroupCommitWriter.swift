import GRDB
import Glibc
import SallyportCore
import SallyportMetrics
import SallyportStore
import Synchronization

/// Batches transactions that arrive at the same time into one commit, so that one `fsync` serves
/// them all.
///
/// Each transaction that has neighbours runs in a savepoint of its own: one that throws is undone
/// without touching them. None is acknowledged before the commit that holds it is durable. Where
/// the disk is full, the transactions of a batch are tried one by one: a large one must not take
/// small ones, such as the end of a job, down with it.
final class GroupCommitWriter: Sendable {
  /// What a transaction has come to that is not committed yet.
  private struct Outcome {
    /// Tells the caller.
    let acknowledge: @Sendable () -> Void
    /// Whether it threw.
    let hasFailed: Bool
  }

  private struct Transaction: Sendable {
    /// Runs it, in a savepoint unless it is alone: then the caller undoes what has failed.
    ///
    /// - Throws: Where the database itself is at fault, and the batch is lost.
    let run: @Sendable (Database, _ isAlone: Bool) throws -> Outcome
    let refuse: @Sendable (any Error) -> Void
    /// What it holds in memory while it waits, where that is much.
    let bytes: Int
    /// A planted bug; see `FaultPoint`.
    let isAcknowledgedEarly: Bool
  }

  private struct State {
    var queued: [Transaction] = []
    /// Of those that wait and of the batch that runs.
    var heldBytes = 0
    var isDraining = false
    var batches = 0
  }

  private let pool: DatabasePool
  private let limits: SQLiteStoreLimits
  private let health: StoreHealthMonitor
  private let metrics: StoreMetrics
  private let state = Mutex(State())

  init(
    pool: DatabasePool, limits: SQLiteStoreLimits, health: StoreHealthMonitor, metrics: StoreMetrics
  ) {
    self.pool = pool
    self.limits = limits
    self.health = health
    self.metrics = metrics
  }

  /// Commits so far, for tests and metrics.
  var batches: Int { state.withLock { $0.batches } }

  /// - Parameters:
  ///   - bytes: What `body` holds, where that is much.
  ///   - isAcknowledgedEarly: Plants a bug, in debug builds.
  ///   - body: May be run twice, where the first run is undone.
  /// - Throws: What `body` throws; ``StoreError/Code/overloaded`` where too many wait.
  func write<Value: Sendable>(
    bytes: Int = 0, isAcknowledgedEarly: Bool = false,
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let transaction = Transaction(
        run: { database, isAlone in
          do {
            let value = try isAlone ? body(database) : Self.inSavepoint(database, body)
            return Outcome(
              acknowledge: { continuation.resume(returning: value) }, hasFailed: false)
          } catch {
            guard StoreFault(error) == nil else { throw error }
            return Outcome(acknowledge: { continuation.resume(throwing: error) }, hasFailed: true)
          }
        },
        refuse: { continuation.resume(throwing: $0) }, bytes: bytes,
        isAcknowledgedEarly: isAcknowledgedEarly)
      enqueue(transaction)
    }
  }

  private func enqueue(_ transaction: Transaction) {
    enum Step { case wait, drain, refuse }
    let step: Step = state.withLock { state in
      guard state.queued.count < limits.maximumQueuedWrites,
        transaction.bytes == 0 || state.heldBytes == 0
          || state.heldBytes + transaction.bytes <= limits.maximumQueuedBytes
      else { return .refuse }
      state.queued.append(transaction)
      state.heldBytes += transaction.bytes
      metrics.queued.set(state.queued.count)
      if state.isDraining { return .wait }
      state.isDraining = true
      return .drain
    }
    switch step {
    case .wait: break
    case .refuse:
      metrics.refused.increment()
      transaction.refuse(
        StoreError(code: .overloaded, message: "too many writes are waiting, try again later"))
    case .drain: pool.asyncWriteWithoutTransaction { self.drain($0) }
    }
  }

  /// Runs on the writer's queue until nothing waits.
  private func drain(_ database: Database) {
    while let batch = nextBatch() {
      commit(batch, in: database)
      let bytes = batch.reduce(0) { $0 + $1.bytes }
      state.withLock { $0.heldBytes -= bytes }
    }
  }

  private func nextBatch() -> [Transaction]? {
    state.withLock { state in
      guard !state.queued.isEmpty else {
        state.isDraining = false
        return nil
      }
      let batch = Array(state.queued.prefix(limits.maximumBatch))
      state.queued.removeFirst(batch.count)
      metrics.queued.set(state.queued.count)
      state.batches += 1
      return batch
    }
  }

  private func commit(_ batch: [Transaction], in database: Database) {
    health.noteFreeSpace()
    #if FAULT_POINTS
      if batch.contains(where: \.isAcknowledgedEarly) { return commitLate(batch, in: database) }
    #endif
    do {
      try commitTogether(batch, in: database)
    } catch {
      // Nothing of the batch is in the database.
      guard batch.count > 1, StoreFault(error)?.kind == .diskFull else {
        for transaction in batch { transaction.refuse(error) }
        return
      }
      for transaction in batch {
        do { try commitTogether([transaction], in: database) } catch { transaction.refuse(error) }
      }
    }
  }

  /// - Throws: Where nothing of the batch was committed, and nobody has been told.
  private func commitTogether(_ batch: [Transaction], in database: Database) throws {
    let began = ContinuousClock.now
    var hasChanged = false
    let isAlone = batch.count == 1
    var isUndone = false
    var outcomes: [Outcome] = []
    outcomes.reserveCapacity(batch.count)
    do {
      try database.inTransaction(.immediate) {
        // Inside the transaction: a database that has been closed can be asked nothing.
        let changes = database.totalChangesCount
        for transaction in batch { outcomes.append(try transaction.run(database, isAlone)) }
        isUndone = isAlone && outcomes.allSatisfy(\.hasFailed)
        guard !isUndone else { return .rollback }
        hasChanged = database.totalChangesCount > changes
        return .commit
      }
    } catch {
      metrics.failed.increment()
      health.noteFailure(error)
      throw error
    }
    if !isUndone { metrics.committed(batch.count, since: began) }
    // A commit of nothing goes through on a full disk as well.
    if hasChanged { health.noteSuccess() }
    for outcome in outcomes { outcome.acknowledge() }
  }

  private static func inSavepoint<Value>(
    _ database: Database, _ body: (Database) throws -> Value
  ) throws -> Value {
    guard database.isInsideTransaction else {
      throw StoreError(code: .unavailable, message: "the transaction was rolled back")
    }
    var value: Value?
    try database.inSavepoint {
      value = try body(database)
      return .commit
    }
    guard let value else {
      throw StoreError(code: .unavailable, message: "the transaction was rolled back")
    }
    return value
  }
}

#if FAULT_POINTS
  extension GroupCommitWriter {
    /// The planted bug: tells callers what is not committed yet, and takes 5 s to commit, so
    /// that a kill in between loses it. What arrives in that time is run in the same transaction
    /// and answered as well: callers see what they have been told, as if it were there.
    private func commitLate(_ batch: [Transaction], in database: Database) {
      var unanswered = batch
      do {
        try database.inTransaction(.immediate) {
          let end = ContinuousClock.now + .seconds(5)
          while true {
            while let transaction = unanswered.first {
              let outcome = try transaction.run(database, false)
              unanswered.removeFirst()
              outcome.acknowledge()
            }
            if ContinuousClock.now >= end { return .commit }
            usleep(5_000)
            unanswered = takeQueued()
          }
        }
      } catch {
        for transaction in unanswered { transaction.refuse(error) }
      }
    }

    private func takeQueued() -> [Transaction] {
      state.withLock { state in
        let batch = Array(state.queued.prefix(limits.maximumBatch))
        state.queued.removeFirst(batch.count)
        state.heldBytes -= batch.reduce(0) { $0 + $1.bytes }
        return batch
      }
    }
  }
#endif
