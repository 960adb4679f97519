import GRDB
package import SallyportCore
import SallyportStore
import SallyportStoreEncryption

extension SQLiteStore {
  /// Opens the keys of all tenants, so that a key that is missing shows before anybody is served.
  ///
  /// - Throws: ``StoreError/Code/encryption``.
  package func openKeys() async throws {
    guard let keyring else { return }
    for tenant in try await tenantNames() {
      try await Self.reporting { () async throws(EncryptionError) in
        try await keyring.open(tenant)
      }
    }
  }

  /// Whether values are encrypted.
  package var isEncrypted: Bool { keyring != nil }

  /// Without those that are purged, or being purged.
  package func tenantNames() async throws -> [TenantName] {
    try await read { database in
      try database.rows(
        "SELECT name FROM tenant WHERE purge_began_at IS NULL ORDER BY name", []
      ).map { try $0.name("name") }
    }
  }

  /// Not for a tenant that is there: keys that it has lost would be replaced by some of no use.
  func makeKeys(for tenant: TenantName) async throws {
    guard let keyring else { return }
    let isKnown = try await read { database in
      try database.number("SELECT count(*) FROM tenant WHERE name = ?", [tenant.rawValue]) > 0
    }
    guard !isKnown else { return }
    try await Self.reporting { () async throws(EncryptionError) in
      try await keyring.make(for: tenant)
    }
  }

  /// Runs a transaction, and again with the keys that it turns out to need. A transaction that
  /// fails for a key has been undone.
  func withKeys<Value: Sendable>(
    _ transaction: @Sendable () async throws -> Value
  ) async throws -> Value {
    var attempts = 0
    while true {
      do {
        return try await transaction()
      } catch {
        attempts += 1
        guard let keyring, attempts < Self.maximumAttempts else {
          throw StoreError.wrapping(error)
        }
        if let outdated = error as? KeysOutdated {
          try await Self.reporting { () async throws(EncryptionError) in
            try await keyring.refresh(to: outdated.generation)
          }
        } else if let needed = KeyNeeded(error) {
          try await Self.reporting { () async throws(EncryptionError) in
            try await keyring.open(needed.tenant, needing: needed.id)
          }
        } else {
          throw StoreError.wrapping(error)
        }
      }
    }
  }

  /// A sweep may come across as many tenants, each of whose keys is asked for once.
  private static let maximumAttempts = 10_000

  static func reporting<Value: Sendable>(
    _ body: () async throws(EncryptionError) -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch {
      throw StoreError(code: .encryption, message: error.message)
    }
  }
}
