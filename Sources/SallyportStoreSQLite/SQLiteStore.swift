import GRDB
import SallyportCore
import SallyportMetrics
package import SallyportStore

/// The embedded ``Store``: one SQLite file in WAL mode with `synchronous=FULL`.
///
/// Writes go through ``GroupCommitWriter``, reads through GRDB's reader connections; both run on
/// GRDB's dispatch queues, never on the cooperative pool.
package final class SQLiteStore: Sendable {
  let pool: DatabasePool
  let writer: GroupCommitWriter
  let monitor: StoreHealthMonitor

  /// Opens the file, readable by its owner only, and migrates it.
  ///
  /// Blocks; call it at start, from a thread of its own or before serving.
  ///
  /// - Parameter creating: Makes the file where there is none. Only who sets a gateway up does: an
  ///   empty database in place of a lost or misnamed one would refuse everybody.
  /// - Throws: ``StoreError/Code/unavailable``, ``StoreError/Code/missing``,
  ///   ``StoreError/Code/newer``.
  package init(
    path: String, creating: Bool, limits: SQLiteStoreLimits = SQLiteStoreLimits(),
    metrics: StoreMetrics = StoreMetrics(in: MetricsRegistry())
  ) throws(StoreError) {
    do {
      try FileGuard.preparePrivateFile(at: path, creating: creating)
      pool = try DatabasePool(path: path, configuration: Self.configuration(limits))
      // After opening: switching to WAL sets `synchronous` to NORMAL, which may lose what has been
      // acknowledged when the host loses power.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      let migrator = SchemaMigrations.migrator
      guard try !pool.read({ try migrator.hasBeenSuperseded($0) }) else {
        throw StoreError(
          code: .newer,
          message: "\(path) was written by a newer version of sallyport-gateway; run that one")
      }
      try migrator.migrate(pool)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(
        code: .unavailable, message: "cannot open the database \(path)", cause: error)
    }
    monitor = StoreHealthMonitor(path: path, reserve: limits.reserve)
    writer = GroupCommitWriter(pool: pool, limits: limits, health: monitor, metrics: metrics)
  }

  /// Waits for what is queued, then closes the file.
  package func close() async throws {
    try await write { _ in }
    try pool.close()
  }

  private static func configuration(_ limits: SQLiteStoreLimits) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(Double(limits.busyTimeout.wholeMilliseconds) / 1_000)
    configuration.foreignKeysEnabled = true
    configuration.maximumReaderCount = limits.readers
    configuration.label = "sallyport.store"
    return configuration
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await pool.read(body)
    } catch {
      throw StoreError.wrapping(error)
    }
  }

  /// Reads what callers have been told of. All of that is committed, but for a planted bug, and
  /// then only a crash is to show it.
  func readAcknowledged<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    #if FAULT_POINTS
      if FaultPoint.acknowledgeLogBeforeCommit.isPlanted
        || FaultPoint.acknowledgeSubmitBeforeCommit.isPlanted
      {
        return try await write(body)
      }
    #endif
    return try await read(body)
  }

  /// - Parameters:
  ///   - bytes: What `body` holds, where that is much.
  ///   - isAcknowledgedEarly: Plants a bug, in debug builds.
  func write<Value: Sendable>(
    bytes: Int = 0, isAcknowledgedEarly: Bool = false,
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await writer.write(bytes: bytes, isAcknowledgedEarly: isAcknowledgedEarly, body)
    } catch {
      throw StoreError.wrapping(error)
    }
  }
}

extension SQLiteStore: StoreHealthReporting {
  package var health: StoreHealth { monitor.health }
}

extension StoreError {
  static func wrapping(_ error: any Error) -> any Error {
    if error is StoreError || error is CancellationError { return error }
    return StoreError(
      code: .unavailable, message: StoreFault(error)?.reason ?? "the database failed", cause: error)
  }
}

extension SQLiteStore {
  /// Of the SQLite library that this process runs with.
  package static var libraryVersion: String {
    let version = try? DatabaseQueue().read {
      try String.fetchOne($0, sql: "SELECT sqlite_version()")
    }
    return (version ?? nil) ?? "unknown"
  }
}
