internal import Crypto
internal import SallyportBytes

/// A digest over records one after the other, which says which records there were, and in which
/// order, to whoever has kept them: SHA-256 of the digest before and the record's fields.
package struct RecordChain: Hashable, Sendable, CustomStringConvertible {
  /// 32 bytes; empty before the first record.
  package private(set) var digest: [UInt8]

  package init(digest: [UInt8] = []) { self.digest = digest }

  package mutating func add(_ fields: [[UInt8]]) {
    var record = CanonicalFields(purpose: "sallyport record chain v1")
    record.add(digest)
    for field in fields { record.add(field) }
    digest = Array(SHA256.hash(data: record.bytes))
  }

  /// Hexadecimal.
  package var description: String { hexadecimalDigits(digest) }
}
