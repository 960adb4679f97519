import GRDB

/// Another process that has locked a database for writing, as far as SQLite can tell.
struct StoreLock {
  private let connection: DatabaseQueue

  init(path: String) throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    connection = try DatabaseQueue(path: path, configuration: configuration)
    try connection.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
  }

  func release() throws {
    try connection.inDatabase { try $0.execute(sql: "COMMIT") }
  }
}
