import GRDB
package import SallyportStore

/// The embedded ``Store``: one SQLite file in WAL mode with `synchronous=FULL`.
///
/// Writes go through ``GroupCommitWriter``, reads through GRDB's reader connections; both run on
/// GRDB's dispatch queues, never on the cooperative pool.
package final class SQLiteStore: Sendable {
  let pool: DatabasePool
  let writer: GroupCommitWriter

  /// Opens the file, readable by its owner only, and migrates it.
  ///
  /// Blocks; call it at start, from a thread of its own or before serving.
  ///
  /// - Parameter creating: Makes the file where there is none. Only who sets a gateway up does: an
  ///   empty database in place of a lost or misnamed one would refuse everybody.
  /// - Throws: ``StoreError/Code/unavailable``, ``StoreError/Code/missing``,
  ///   ``StoreError/Code/newer``.
  package init(
    path: String, creating: Bool, limits: SQLiteStoreLimits = SQLiteStoreLimits()
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
    writer = GroupCommitWriter(pool: pool, limits: limits)
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

  /// - Parameter bytes: What `body` holds, where that is much.
  func write<Value: Sendable>(
    bytes: Int = 0, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await writer.write(bytes: bytes, body)
    } catch {
      throw StoreError.wrapping(error)
    }
  }
}

extension StoreError {
  static func wrapping(_ error: any Error) -> any Error {
    if error is StoreError || error is CancellationError { return error }
    return StoreError(code: .unavailable, message: "the database failed", cause: error)
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
