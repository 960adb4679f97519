import NIOCore

extension SocketAddress {
  /// Whom connections are counted for: an IPv4 address, or the first 64 bits of an IPv6 address,
  /// because one host has all that begin with them (RFC 4291, section 2.5.4).
  var network: String? {
    guard case .v6 = self else { return ipAddress }
    return withSockAddr { address, size in
      // Family and port take four bytes of `sockaddr_in6`, the flow label as many (RFC 3493,
      // section 3.3).
      let bytes = UnsafeRawBufferPointer(start: address, count: size).dropFirst(8).prefix(16)
      // ::ffff:a.b.c.d is IPv4 on a socket that takes both (RFC 4291, section 2.5.5.2).
      let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
      if bytes.starts(with: mapped) {
        return bytes.dropFirst(mapped.count).map { String($0) }.joined(separator: ".")
      }
      return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
  }
}
