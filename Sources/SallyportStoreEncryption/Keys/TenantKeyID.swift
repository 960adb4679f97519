/// Numbers the keys that a tenant has had, from 1.
package struct TenantKeyID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt32

  package static let first = TenantKeyID(known: 1)
  /// Of the key for keyed hashes, which is never used to encrypt and never rotated.
  static let index = TenantKeyID(known: .max)

  /// Nil for zero, which no key has.
  package init?(_ number: UInt32) {
    guard number > 0 else { return nil }
    rawValue = number
  }

  private init(known number: UInt32) { rawValue = number }

  /// Nil after 4,294,967,293 rotations.
  package var next: TenantKeyID? {
    rawValue >= Self.index.rawValue - 1 ? nil : TenantKeyID(known: rawValue + 1)
  }

  package var description: String { String(rawValue) }

  package static func < (left: TenantKeyID, right: TenantKeyID) -> Bool {
    left.rawValue < right.rawValue
  }
}
