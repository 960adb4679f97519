import GRDB
package import SallyportCore
import SallyportStore
import SallyportStoreEncryption

/// How far a pass over a tenant's values has come.
package struct EncryptionProgress: Hashable, Sendable {
  package let tenant: TenantName
  package let table: String
  /// Of the table's rows, about.
  package let percent: Int
}

/// Brings every value of a tenant under its newest key, some rows in a transaction. How far it has
/// come is committed with them: after a crash it goes on where it was.
enum EncryptionPass {
  /// Where it begins: the keyed hashes, which only the first encryption makes.
  static let hashes = -1
  static let values = 0

  /// Begins a pass, or finds one that was begun.
  static func begin(_ tenant: TenantName, at step: Int, in database: Database) throws {
    try database.run(
      "INSERT OR IGNORE INTO encryption_work (tenant, step, cursor) VALUES (?, ?, 0)",
      [tenant.rawValue, step])
  }

  /// Does the next rows, in the caller's transaction.
  ///
  /// - Returns: Nil where all is done, or nothing has begun.
  static func advance(
    _ tenant: TenantName, in database: Database
  ) throws -> EncryptionProgress? {
    let work = try database.row(
      "SELECT step, cursor FROM encryption_work WHERE tenant = ?", [tenant.rawValue])
    guard let work else { return nil }
    let step: Int = try work.value("step")
    guard step != Self.hashes else {
      for statement in EncryptedTable.hashes {
        try database.run(statement, ["tenant": tenant.rawValue])
      }
      try move(tenant, to: Self.values, 0, in: database)
      return EncryptionProgress(tenant: tenant, table: "keyed hashes", percent: 100)
    }
    guard EncryptedTable.all.indices.contains(step) else {
      try database.run("DELETE FROM encryption_work WHERE tenant = ?", [tenant.rawValue])
      return nil
    }
    let table = EncryptedTable.all[step]
    let after: Int64 = try work.value("cursor")
    let next = try Int64.fetchOne(
      try database.cachedStatement(sql: table.next),
      arguments: ["tenant": tenant.rawValue, "after": after])
    guard let next else {
      try move(tenant, to: step + 1, 0, in: database)
      return EncryptionProgress(tenant: tenant, table: table.name, percent: 100)
    }
    try database.run(
      table.update, ["tenant": tenant.rawValue, "after": after, "until": next])
    try move(tenant, to: step, next, in: database)
    let last = try Int64.fetchOne(
      try database.cachedStatement(sql: table.last), arguments: ["tenant": tenant.rawValue])
    return EncryptionProgress(
      tenant: tenant, table: table.name, percent: percent(next, of: last ?? next))
  }

  /// Rows with a value that is not under this key.
  static func staleRows(
    of tenant: TenantName, besides key: TenantKeyID, in database: Database
  ) throws -> Int {
    try EncryptedTable.all.reduce(0) { count, table in
      count
        + (try database.number(
          table.stale, ["tenant": tenant.rawValue, "current": Int64(key.rawValue)]))
    }
  }

  private static func move(
    _ tenant: TenantName, to step: Int, _ cursor: Int64, in database: Database
  ) throws {
    try database.run(
      "UPDATE encryption_work SET step = ?, cursor = ? WHERE tenant = ?",
      [step, cursor, tenant.rawValue])
  }

  private static func percent(_ number: Int64, of last: Int64) -> Int {
    last > 0 ? Int(min(100, 100 * Double(number) / Double(last))) : 100
  }
}
