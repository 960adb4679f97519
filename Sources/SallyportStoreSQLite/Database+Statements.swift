import GRDB

/// Prepared once per connection and used again: preparing costs more than running.
extension Database {
  func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }

  /// Runs a statement and says how many rows it changed.
  func change(_ sql: String, _ arguments: StatementArguments) throws -> Int {
    try run(sql, arguments)
    return changesCount
  }

  func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
    try Row.fetchOne(try cachedStatement(sql: sql), arguments: arguments)
  }

  func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
    try Row.fetchAll(try cachedStatement(sql: sql), arguments: arguments)
  }

  func number(_ sql: String, _ arguments: StatementArguments) throws -> Int {
    try Int.fetchOne(try cachedStatement(sql: sql), arguments: arguments) ?? 0
  }
}
