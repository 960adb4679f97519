import COpenSSL

/// Takes the peer's certificate out of a session that is about to become a ticket.
///
/// A ticket has the verified chain already, and to OpenSSL the certificate is one to be parsed anew,
/// with its key, each time that a session is decoded: once where a ticket is made, and once where it
/// is taken. In OpenSSL 3.0 that is a seventh of what a full handshake costs a server, and a third of
/// a resumed one. Nor does a connection need it any longer.
enum PeerlessSession {
  /// The field of an encoded `SSL_SESSION` that holds the certificate.
  private static let peerTag: Int32 = 3

  /// To be called while nobody else has the session.
  ///
  /// - Returns: False where the session must not be used any more, for want of memory. One whose
  ///   encoding is not as expected stays as it is.
  static func dropPeer(of session: OpaquePointer) -> Bool {
    guard SSL_SESSION_get0_peer(session) != nil,
      var encoded = encoding({ i2d_SSL_SESSION(session, $0) })
    else { return true }
    // The session's secret is among it.
    defer { encoded.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    guard removePeer(from: &encoded) else { return true }
    return encoded.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      var target: OpaquePointer? = session
      // Given a session, OpenSSL writes into it.
      return d2i_SSL_SESSION(&target, &cursor, bytes.count) == session
    }
  }

  /// - Returns: False where it has no such field, and stays as it is.
  static func removePeer(from encoded: inout [UInt8]) -> Bool {
    guard let sequence = Element(at: 0, of: encoded[...]), sequence.end == encoded.count,
      sequence.isUniversal, sequence.tag == V_ASN1_SEQUENCE
    else { return false }
    var position = sequence.content
    while let field = Element(at: position, of: encoded[..<sequence.end]) {
      guard field.isContextSpecific, field.tag == peerTag else {
        position = field.end
        continue
      }
      encoded.removeSubrange(position..<field.end)
      let header = header(ofSequence: encoded.count - sequence.content)
      encoded.replaceSubrange(..<sequence.content, with: header)
      return true
    }
    return false
  }

  private static func header(ofSequence length: Int) -> [UInt8] {
    let size = Int(ASN1_object_size(1, Int32(length), V_ASN1_SEQUENCE)) - length
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var cursor = buffer.baseAddress
      ASN1_put_object(&cursor, 1, Int32(length), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL)
      count = size
    }
  }

  /// A DER element's tag and extent.
  private struct Element {
    let tag: Int32
    let isUniversal: Bool
    let isContextSpecific: Bool
    /// Offset of its content.
    let content: Int
    /// Offset of what follows it.
    let end: Int

    /// Nil where nothing begins there, or it does not end within `bytes`.
    init?(at offset: Int, of bytes: ArraySlice<UInt8>) {
      var (length, tag, kind) = (0, Int32(0), Int32(0))
      let headerSize: Int? = bytes[offset...].withUnsafeBufferPointer { rest in
        guard let start = rest.baseAddress, rest.count > 0 else { return nil }
        var cursor: UnsafePointer<UInt8>? = start
        let flags = ASN1_get_object(&cursor, &length, &tag, &kind, rest.count)
        // The uppermost bit says that it is not DER, the lowest that the length is not given.
        guard flags & 0x81 == 0, let cursor else { return nil }
        return cursor - start
      }
      guard let headerSize else {
        OpenSSLError.clear()
        return nil
      }
      self.tag = tag
      isUniversal = kind == V_ASN1_UNIVERSAL
      isContextSpecific = kind == V_ASN1_CONTEXT_SPECIFIC
      content = offset + headerSize
      end = content + length
    }
  }
}
