import COpenSSL

/// Bounds the handshake messages that one peer may send in the life of a connection.
///
/// After the handshake these are KeyUpdate and NewSessionTicket (RFC 8446, section 4.6): a few
/// bytes each for the peer, a key derivation and often an answer for us. OpenSSL sets no limit.
final class HandshakeMessageCount {
  /// A peer that updates its keys as seldom as ``RecordKeyUsage`` asks for needs one per 64 GiB.
  static let maximum = 1_024

  private var received = 0

  var isExceeded: Bool { received > Self.maximum }

  /// Has OpenSSL report to this object, which the caller keeps alive as long as `ssl`.
  func attach(to ssl: OpaquePointer) {
    SSL_set_msg_callback(ssl, countMessage)
    sallyport_SSL_set_msg_callback_arg(ssl, Unmanaged.passUnretained(self).toOpaque())
  }

  fileprivate static func count(
    _ isWritten: Int32, _ type: Int32, _ count: UnsafeMutableRawPointer?
  ) {
    guard isWritten == 0, type == SSL3_RT_HANDSHAKE, let count else { return }
    Unmanaged<HandshakeMessageCount>.fromOpaque(count).takeUnretainedValue().received += 1
  }
}

private func countMessage(
  _ isWritten: Int32, _: Int32, _ type: Int32, _: UnsafeRawPointer?, _: Int, _: OpaquePointer?,
  _ count: UnsafeMutableRawPointer?
) {
  HandshakeMessageCount.count(isWritten, type, count)
}
