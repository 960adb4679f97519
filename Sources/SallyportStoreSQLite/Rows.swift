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

extension Row {
  /// Decodes a column that this store wrote itself; anything else in it is corruption.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws(StoreError) -> Value {
    let stored: DatabaseValue = self[column]
    guard let value = Value.fromDatabaseValue(stored) else { throw corrupted(column) }
    return value
  }

  func raw<Value: RawRepresentable<String>>(_ column: String) throws(StoreError) -> Value {
    guard let value = Value(rawValue: try value(column)) else { throw corrupted(column) }
    return value
  }

  func name<Name: ChosenName>(_ column: String) throws(StoreError) -> Name {
    let text: String = try value(column)
    guard let name = try? Name(text) else { throw corrupted(column) }
    return name
  }

  func identifier<ID: RandomIdentifier>(_ column: String) throws(StoreError) -> ID {
    let text: String = try value(column)
    guard let id = ID(text) else { throw corrupted(column) }
    return id
  }

  func time(_ column: String) throws(StoreError) -> Timestamp {
    Timestamp(milliseconds: try value(column))
  }

  func optionalTime(_ column: String) -> Timestamp? { Timestamp(self[column] as Int64?) }

  func unsigned(_ column: String) throws(StoreError) -> UInt64 {
    let stored: Int64 = try value(column)
    guard let value = UInt64(exactly: stored) else { throw corrupted(column) }
    return value
  }

  func bytes(_ column: String) throws(StoreError) -> [UInt8] {
    let data: Data = try value(column)
    return Array(data)
  }

  private func corrupted(_ column: String) -> StoreError {
    StoreError(code: .corrupted, message: "column \(column) holds an unexpected value")
  }
}

extension Int64 {
  /// A number that a peer sent, as SQLite stores it. Numbers beyond its range match no row.
  init(storing value: UInt64) { self.init(clamping: value) }
}
