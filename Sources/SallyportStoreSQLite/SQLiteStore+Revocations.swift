import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore: RevocationStore {
  package func revocations(after sequence: UInt64) async throws -> [Revocation] {
    try await read { database in
      try database.rows(
        "SELECT * FROM revocation WHERE sequence > ? ORDER BY sequence LIMIT 1000",
        [Int64(storing: sequence)]
      ).map { try Revocation(row: $0) }
    }
  }

  package func lastRevocation() async throws -> UInt64 {
    try await read { database in
      UInt64(try database.number("SELECT ifnull(max(sequence), 0) FROM revocation", []))
    }
  }
}

extension Revocation {
  static let operatorRole = "operator"

  init(row: Row) throws {
    let role: String = try row.value("role")
    let subject: Subject
    switch role {
    case EnrolleeRole.worker.rawValue: subject = .worker(try row.identifier("name"))
    case EnrolleeRole.agent.rawValue: subject = .agent(try row.identifier("name"))
    case Self.operatorRole:
      subject = .operatorNamed(tenant: try row.name("tenant"), name: try row.name("name"))
    case PoolWork.role: subject = .pool(tenant: try row.name("tenant"), name: try row.name("name"))
    case TenantPurge.tenantRole: subject = .tenant(try row.name("tenant"))
    default: throw StoreError(code: .corrupted, message: "a revocation of an unknown role")
    }
    self.init(sequence: try row.unsigned("sequence"), subject: subject)
  }
}

extension Database {
  func noteRevocation(of tenant: TenantName, role: String, name: String) throws {
    try run(
      "INSERT INTO revocation (tenant, role, name) VALUES (?, ?, ?)",
      [tenant.rawValue, role, name])
  }
}
