internal import SallyportBytes
internal import SallyportCore

/// Where a value is in the store: it is decrypted there and nowhere else.
package struct ValuePlace: Hashable, Sendable, CustomStringConvertible {
  /// A part of a row's primary key.
  package enum KeyPart: Hashable, Sendable {
    case integer(Int64)
    case text(String)
  }

  package let table: String
  package let column: String
  /// The row's primary key, in the order of its columns.
  package let row: [KeyPart]

  /// - Parameter row: What identifies the row for good: what it holds cannot be decrypted once this
  ///   has changed.
  package init(table: String, column: String, row: [KeyPart]) {
    self.table = table
    self.column = column
    self.row = row
  }

  /// Table and column; the row may be a customer's word.
  package var description: String { "\(table).\(column)" }

  /// The associated data of AES-GCM.
  func authenticated(tenant: TenantName, key: TenantKeyID) -> [UInt8] {
    var fields = CanonicalFields(purpose: "sallyport store value v1")
    fields.add(tenant.rawValue)
    fields.add(key.rawValue)
    fields.add(table)
    fields.add(column)
    for part in row {
      switch part {
      case .integer(let number): fields.add([UInt8(ascii: "i")] + number.bigEndianBytes)
      case .text(let text): fields.add([UInt8(ascii: "t")] + Array(text.utf8))
      }
    }
    return fields.bytes
  }
}
