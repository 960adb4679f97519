import GRDB
import SallyportStore
import Synchronization

/// Batches transactions that arrive at the same time into one commit, so that one `fsync` serves
/// them all.
///
/// Each transaction runs in a savepoint of its own: one that throws is undone without touching its
/// neighbours. None is acknowledged before the commit that holds it is durable.
final class GroupCommitWriter: Sendable {
  typealias Acknowledgement = @Sendable (_ commitFailure: (any Error)?) -> Void

  private struct Transaction: Sendable {
    /// Runs it in a savepoint; the result says whom to tell once the batch is committed or lost.
    let run: @Sendable (Database) -> Acknowledgement
    let refuse: @Sendable (any Error) -> Void
    /// What it holds in memory while it waits, where that is much.
    let bytes: Int
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
  private let state = Mutex(State())

  init(pool: DatabasePool, limits: SQLiteStoreLimits) {
    self.pool = pool
    self.limits = limits
  }

  /// Commits so far, for tests and metrics.
  var batches: Int { state.withLock { $0.batches } }

  /// - Parameter bytes: What `body` holds, where that is much.
  /// - Throws: What `body` throws; ``StoreError/Code/overloaded`` where too many wait.
  func write<Value: Sendable>(
    bytes: Int = 0, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let transaction = Transaction(
        run: { database in
          let result = Result { try Self.inSavepoint(database, body) }
          return { commitFailure in
            if let commitFailure {
              continuation.resume(throwing: commitFailure)
            } else {
              continuation.resume(with: result)
            }
          }
        },
        refuse: { continuation.resume(throwing: $0) }, bytes: bytes)
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
      if state.isDraining { return .wait }
      state.isDraining = true
      return .drain
    }
    switch step {
    case .wait: break
    case .refuse:
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
      state.batches += 1
      return batch
    }
  }

  private func commit(_ batch: [Transaction], in database: Database) {
    var acknowledgements: [Acknowledgement] = []
    acknowledgements.reserveCapacity(batch.count)
    do {
      try database.inTransaction(.immediate) {
        for transaction in batch { acknowledgements.append(transaction.run(database)) }
        return .commit
      }
      for acknowledge in acknowledgements { acknowledge(nil) }
    } catch {
      // Nothing of the batch is in the database.
      for acknowledge in acknowledgements { acknowledge(error) }
      for transaction in batch.dropFirst(acknowledgements.count) { transaction.refuse(error) }
    }
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
