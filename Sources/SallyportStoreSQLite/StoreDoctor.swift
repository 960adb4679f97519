import GRDB
package import SallyportStore

/// Looks whether a store is what it should be: for SQLite, and for Sallyport. Changes nothing, and
/// looks at one snapshot, so that a gateway may serve meanwhile.
package enum StoreDoctor {
  /// Blocks, for as long as reading the whole database takes.
  package static func examine(_ path: String) -> [StoreFinding] {
    do {
      let queue = try ReadOnlyDatabase.open(path)
      return try queue.read { database in
        let structure = [try integrity(database), try foreignKeys(database)]
        // Asking a damaged file for more gives nothing but more errors.
        guard structure.allSatisfy({ $0.status == .ok }) else { return structure }
        let schema = try schema(database)
        guard schema.status == .ok else { return structure + [schema] }
        return structure + [schema] + (try StoreInvariant.all.map { try $0.finding(in: database) })
          + (try purges(database))
      }
    } catch {
      return [StoreFinding("database", .failed, "\(error)")]
    }
  }

  private static func integrity(_ database: Database) throws -> StoreFinding {
    let lines = try String.fetchAll(database, sql: "PRAGMA integrity_check(10)")
    return lines == ["ok"]
      ? StoreFinding("integrity", .ok, "every page and index is in order")
      : StoreFinding("integrity", .failed, lines.joined(separator: "; "))
  }

  private static func foreignKeys(_ database: Database) throws -> StoreFinding {
    let rows = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")
    guard let first = rows.first else {
      return StoreFinding("foreign keys", .ok, "every reference has its row")
    }
    let (table, parent) = (first["table"] as String? ?? "", first["parent"] as String? ?? "")
    return StoreFinding(
      "foreign keys", .failed,
      "\(rows.count) rows refer to rows that are not there; first: \(table) to \(parent)")
  }

  /// Nothing where no purge is under way.
  private static func purges(_ database: Database) throws -> [StoreFinding] {
    try String.fetchAll(database, sql: "SELECT tenant FROM purge_work ORDER BY tenant").map {
      StoreFinding(
        "purge", .warning,
        "tenant \($0) is not purged to the end: run 'sallyport-gateway tenant purge' again")
    }
      + String.fetchAll(
        database,
        sql: """
          SELECT 'pool ' || pool || ' of ' || tenant FROM pool_work WHERE is_purge = 1
          ORDER BY tenant, pool
          """
      ).map {
        StoreFinding(
          "purge", .warning, "\($0) is not purged to the end: a gateway that serves goes on with it"
        )
      }
  }

  private static func schema(_ database: Database) throws -> StoreFinding {
    let migrator = SchemaMigrations.migrator
    let applied = try migrator.appliedIdentifiers(database)
    if try migrator.hasBeenSuperseded(database) {
      return StoreFinding("schema", .failed, "a newer version of sallyport-gateway has written it")
    }
    guard try migrator.hasCompletedMigrations(database) else {
      return StoreFinding(
        "schema", .warning,
        "an older version has written it; 'serve' migrates it. Not checked further")
    }
    return StoreFinding("schema", .ok, "version \(applied.count)")
  }
}
