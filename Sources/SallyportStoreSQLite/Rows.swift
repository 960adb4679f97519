import FoundationEssentials
import GRDB
import SallyportCore
import SallyportStore

extension Timestamp {
  init?(_ value: Int64?) {
    guard let value else { return nil }
    self.init(milliseconds: value)
  }
}

/// Where a value is in a row.
protocol RowColumn {
  var name: String { get }
  func stored(in row: Row) -> DatabaseValue
}

extension String: RowColumn {
  var name: String { self }

  func stored(in row: Row) -> DatabaseValue { row[self] }
}

extension Row {
  /// Decodes a column that this store wrote itself; anything else in it is corruption.
  func value<Value: DatabaseValueConvertible>(
    _ column: some RowColumn
  ) throws(StoreError) -> Value {
    guard let value = Value.fromDatabaseValue(column.stored(in: self)) else {
      throw corrupted(column)
    }
    return value
  }

  func isNull(_ column: some RowColumn) -> Bool { column.stored(in: self).isNull }

  /// Nil where there is nothing.
  func optional<Value: DatabaseValueConvertible>(
    _ column: some RowColumn
  ) throws(StoreError) -> Value? {
    let stored = column.stored(in: self)
    guard !stored.isNull else { return nil }
    guard let value = Value.fromDatabaseValue(stored) else { throw corrupted(column) }
    return value
  }

  func raw<Value: RawRepresentable<String>>(_ column: some RowColumn) throws(StoreError) -> Value {
    guard let value = Value(rawValue: try value(column)) else { throw corrupted(column) }
    return value
  }

  func name<Name: ChosenName>(_ column: some RowColumn) throws(StoreError) -> Name {
    let text: String = try value(column)
    guard let name = try? Name(text) else { throw corrupted(column) }
    return name
  }

  func identifier<ID: RandomIdentifier>(_ column: some RowColumn) throws(StoreError) -> ID {
    let text: String = try value(column)
    guard let id = ID(text) else { throw corrupted(column) }
    return id
  }

  func time(_ column: some RowColumn) throws(StoreError) -> Timestamp {
    Timestamp(milliseconds: try value(column))
  }

  func optionalTime(_ column: some RowColumn) throws(StoreError) -> Timestamp? {
    Timestamp(try optional(column))
  }

  func unsigned(_ column: some RowColumn) throws(StoreError) -> UInt64 {
    let stored: Int64 = try value(column)
    guard let value = UInt64(exactly: stored) else { throw corrupted(column) }
    return value
  }

  func bytes(_ column: some RowColumn) throws(StoreError) -> [UInt8] {
    let data: Data = try value(column)
    return Array(data)
  }

  private func corrupted(_ column: some RowColumn) -> StoreError {
    StoreError(code: .corrupted, message: "column \(column.name) holds an unexpected value")
  }
}

extension Int64 {
  /// A number that a peer sent, as SQLite stores it. Numbers beyond its range match no row.
  init(storing value: UInt64) { self.init(clamping: value) }
}
