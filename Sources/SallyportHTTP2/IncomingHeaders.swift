/// A header list while it is decoded, bounded as RFC 9113, section 6.5.2, counts it.
struct IncomingHeaders {
  enum Refusal: Error, Equatable {
    case tooLarge
    case notUTF8
  }

  /// What a field counts beyond its name and value.
  private static let overhead = 32

  private(set) var fields: [HeaderField] = []
  private var size = 0
  private let maximumSize: Int

  init(maximumSize: Int) {
    self.maximumSize = maximumSize
    fields.reserveCapacity(12)
  }

  /// Adds a field.
  ///
  /// Values are octets on the wire. One that is not UTF-8 is refused rather than repaired: a
  /// repaired value equals something that the peer did not send, and HTTP has no use for it.
  mutating func append(
    name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, isSensitive: Bool
  ) throws(Refusal) {
    size += name.count + value.count + Self.overhead
    guard size <= maximumSize else { throw .tooLarge }
    guard let name = String(validating: name, as: UTF8.self),
      let value = String(validating: value, as: UTF8.self)
    else { throw .notUTF8 }
    fields.append(HeaderField(name, value, isSensitive: isSensitive))
  }
}
