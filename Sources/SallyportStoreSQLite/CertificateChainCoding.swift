import SallyportStore

/// A certificate chain in one column: each certificate's length in four bytes, big-endian, and its
/// DER.
enum CertificateChainCoding {
  static func encode(_ chain: [[UInt8]]) -> [UInt8] {
    chain.flatMap { certificate in
      (0..<4).reversed().map { UInt8(truncatingIfNeeded: certificate.count >> (8 * $0)) }
        + certificate
    }
  }

  static func decode(_ bytes: [UInt8]) throws(StoreError) -> [[UInt8]] {
    var rest = bytes[...]
    var chain: [[UInt8]] = []
    while !rest.isEmpty {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length > 0, rest.count >= length else {
        throw StoreError(code: .corrupted, message: "a stored certificate chain is damaged")
      }
      chain.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return chain
  }
}
