import Foundation
import GRDB
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

/// docs/data-inventory.md says of every column whether it is encrypted, and is right.
@Suite struct DataInventoryTests {
  private enum Form: String { case plain, encrypted, hashed }

  private struct Column: Hashable, Comparable, CustomStringConvertible {
    let table: String
    let name: String
    var description: String { "\(table).\(name)" }
    static func < (left: Column, right: Column) -> Bool { left.description < right.description }
  }

  /// GRDB's own, of which migrations there were.
  private static let foreign: Set = ["grdb_migrations"]

  private func inventory() throws -> [Column: Form] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/data-inventory.md")
    var columns: [Column: Form] = [:]
    var tables: [String] = []
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count >= 6, cells[2].contains("`") else { continue }
      let names = quoted(cells[1])
      if !names.isEmpty { tables = names }
      let form: Form =
        cells[4].hasPrefix("encrypted")
        ? .encrypted : cells[4].hasPrefix("keyed hash") ? .hashed : .plain
      for table in tables {
        for name in quoted(cells[2]) { columns[Column(table: table, name: name)] = form }
      }
    }
    return columns
  }

  private func quoted(_ text: String) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
  }

  @Test("every column of the schema is listed, and nothing else is")
  func complete() async throws {
    try await StoreFixture.with { fixture in
      let schema = try await fixture.store.read { database in
        let tables = try String.fetchAll(
          database,
          sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return try Set(
          tables.filter { !Self.foreign.contains($0) }.flatMap { table in
            try database.columns(in: table).map { Column(table: table, name: $0.name) }
          })
      }
      let listed = Set(try inventory().keys)
      #expect(schema.subtracting(listed).sorted() == [], "not in docs/data-inventory.md")
      #expect(listed.subtracting(schema).sorted() == [], "not in the schema")
    }
  }

  @Test("what is listed as encrypted is what a rotation encrypts anew")
  func rotated() throws {
    let encrypted = Set(
      EncryptedTable.all.flatMap { table in
        table.columns.map { Column(table: table.name, name: $0.name) }
      })
    #expect(Set(try inventory().filter { $0.value == .encrypted }.keys) == encrypted)
  }

  @Test("what is listed as encrypted or hashed is, in a store that has seen everything")
  func values() async throws {
    try await StoreFixture.with { fixture in
      _ = try await Canaries(in: fixture)
      for (column, form) in try inventory() where form != .plain {
        let values = try await fixture.store.read { database in
          try DatabaseValue.fetchAll(
            database,
            sql: "SELECT \(column.name) FROM \(column.table)"
              + (column.table == "selector" ? " WHERE id <> 1" : ""))
        }.filter { !$0.isEmpty }
        #expect(!values.isEmpty, "\(column)")
        for value in values where form == .encrypted {
          let under = try await fixture.store.read { database in
            try Int.fetchOne(database, sql: "SELECT key_of(?)", arguments: [value])
          }
          #expect(under == 1, "\(column)")
        }
        for value in values where form == .hashed {
          #expect(value.bytes?.count == 32, "\(column)")
        }
      }
    }
  }
}

extension DatabaseValue {
  fileprivate var isEmpty: Bool {
    switch storage {
    case .null: true
    case .string(let text): text.isEmpty
    case .blob(let data): data.isEmpty
    case .int64, .double: false
    }
  }

  /// Of bytes, or of text in Base64.
  fileprivate var bytes: Data? {
    switch storage {
    case .string(let text): Data(base64Encoded: text)
    case .blob(let data): data
    case .null, .int64, .double: nil
    }
  }
}
