internal import SallyportBytes

/// A peer's chain that was verified up to a trust root: what a session remembers of its peer.
struct VerifiedChain: Hashable, Sendable {
  /// Leaf first, without the trust root.
  let der: [[UInt8]]
  /// When the first of its certificates expires, the root's included: seconds since
  /// 1970-01-01T00:00:00Z.
  let validUntil: Int64

  /// Bytes that ``ticketData`` may have: a longer chain is shown anew on every connection.
  private static let maximumTicketData = 8 * 1_024

  init(der: [[UInt8]], validUntil: Int64) {
    self.der = der
    self.validUntil = validUntil
  }

  /// The chain as a session ticket carries it: ``validUntil``, then each certificate after its
  /// length, all big-endian. Nil where it is too long for one.
  var ticketData: [UInt8]? {
    var bytes = validUntil.bigEndianBytes
    for certificate in der {
      bytes += UInt32(truncatingIfNeeded: certificate.count).bigEndianBytes
      bytes += certificate
      guard bytes.count <= Self.maximumTicketData else { return nil }
    }
    return bytes
  }

  /// Nil where these are not the bytes of one.
  init?(ticketData bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count <= Self.maximumTicketData,
      let validUntil = Int64(bigEndianBytes: bytes.prefix(8))
    else { return nil }
    var rest = bytes.dropFirst(8)
    var der: [[UInt8]] = []
    while !rest.isEmpty {
      guard let length = UInt32(bigEndianBytes: rest.prefix(4)) else { return nil }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { return nil }
      der.append(Array(rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
    guard !der.isEmpty else { return nil }
    self.init(der: der, validUntil: validUntil)
  }
}
