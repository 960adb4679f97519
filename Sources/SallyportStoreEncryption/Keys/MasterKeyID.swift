internal import SallyportBytes
internal import SallyportIdentity

/// Tells master keys apart, so that what is wrapped by an old one is found: 16 bytes.
package struct MasterKeyID: Hashable, Sendable, CustomStringConvertible {
  static let length = 16

  package let bytes: [UInt8]

  /// Nil unless there are 16.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = Array(bytes)
  }

  init(first bytes: some Sequence<UInt8>) { self.bytes = Array(bytes.prefix(Self.length)) }

  package var description: String { hexadecimalDigits(bytes) }
}
