import GRDB
import SallyportCore
import SallyportMetrics
package import SallyportStore
package import SallyportStoreEncryption

/// The embedded ``Store``: one SQLite file in WAL mode with `synchronous=FULL`.
///
/// Writes go through ``GroupCommitWriter``, reads through ``StoreReaders``; both run on dispatch
/// queues, never on the cooperative pool.
package final class SQLiteStore: Sendable {
  let pool: DatabasePool
  let writer: GroupCommitWriter
  private let readers: StoreReaders
  let monitor: StoreHealthMonitor
  /// Nil where the store is plain.
  let keyring: TenantKeyring?

  /// Opens the file, readable by its owner only, and migrates it.
  ///
  /// Blocks; call it at start, from a thread of its own or before serving.
  ///
  /// - Parameters:
  ///   - creating: Makes the file where there is none. Only who sets a gateway up does: an empty
  ///     database in place of a lost or misnamed one would refuse everybody.
  ///   - keyring: For a store that is encrypted, or that is new and to be.
  /// - Throws: ``StoreError/Code/unavailable``, ``StoreError/Code/missing``,
  ///   ``StoreError/Code/newer``, ``StoreError/Code/encryption``.
  package convenience init(
    path: String, creating: Bool, keyring: TenantKeyring? = nil,
    limits: SQLiteStoreLimits = SQLiteStoreLimits(),
    metrics: StoreMetrics = StoreMetrics(in: MetricsRegistry())
  ) throws(StoreError) {
    try self.init(
      path: path, creating: creating, keyring: keyring, limits: limits, metrics: metrics,
      check: { try EncryptionState.require($0, hasKeys: keyring != nil) })
  }

  /// Opens a store to look at it, whether it is encrypted or not: what is encrypted cannot be read.
  static func migrated(_ path: String) throws(StoreError) -> SQLiteStore {
    try SQLiteStore(
      path: path, creating: false, keyring: nil, limits: SQLiteStoreLimits(),
      metrics: StoreMetrics(in: MetricsRegistry()), check: { _ in })
  }

  private init(
    path: String, creating: Bool, keyring: TenantKeyring?, limits: SQLiteStoreLimits,
    metrics: StoreMetrics, check: @escaping @Sendable (Database) throws -> Void
  ) throws(StoreError) {
    self.keyring = keyring
    do {
      try FileGuard.preparePrivateFile(at: path, creating: creating)
      pool = try DatabasePool(path: path, configuration: Self.configuration(limits, keyring))
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
      try pool.writeWithoutTransaction(check)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(
        code: .unavailable, message: "cannot open the database \(path)", cause: error)
    }
    readers = StoreReaders(pool, count: limits.readers)
    monitor = StoreHealthMonitor(path: path, reserve: limits.reserve)
    writer = GroupCommitWriter(pool: pool, limits: limits, health: monitor, metrics: metrics)
  }

  /// Waits for what is queued, then closes the file.
  package func close() async throws {
    try await write { _ in }
    try pool.close()
  }

  private static func configuration(
    _ limits: SQLiteStoreLimits, _ keyring: TenantKeyring?
  ) -> Configuration {
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      EncryptionFunctions(keyring: keyring).register(in: database)
      try database.forgetWhatIsDeleted()
    }
    configuration.busyMode = .timeout(Double(limits.busyTimeout.wholeMilliseconds) / 1_000)
    configuration.foreignKeysEnabled = true
    configuration.maximumReaderCount = limits.readers
    configuration.label = "sallyport.store"
    return configuration
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let readers = readers
    return try await withKeys { try await readers.read(body) }
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
    let (writer, keyring) = (writer, keyring)
    return try await withKeys {
      try await writer.write(bytes: bytes, isAcknowledgedEarly: isAcknowledgedEarly) { database in
        if let keyring { try database.requireCurrent(keyring) }
        return try body(database)
      }
    }
  }
}

extension SQLiteStore: StoreHealthReporting {
  package var health: StoreHealth { monitor.health }
}

extension StoreError {
  static func wrapping(_ error: any Error) -> any Error {
    if error is StoreError || error is CancellationError { return error }
    if TenantPurged.isReason(of: error) { return TenantPurged.error }
    if PoolPurged.isReason(of: error) { return PoolPurged.error }
    if let broken = BrokenValue.reason(of: error) {
      return StoreError(code: .corrupted, message: broken)
    }
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
