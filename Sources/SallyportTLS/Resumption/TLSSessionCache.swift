import COpenSSL
import Synchronization

/// A client's newest session with each server, by the name that the server's certificate was
/// checked for. Each is used once (RFC 8446, appendix C.4).
final class TLSSessionCache: Sendable {
  /// A client talks to a handful of gateways.
  private static let maximum = 16

  private let sessions = Mutex<[String: TLSSession]>([:])

  func keep(_ session: TLSSession, for serverName: String) {
    sessions.withLock { sessions in
      if sessions[serverName] == nil, sessions.count >= Self.maximum { sessions.removeAll() }
      sessions[serverName] = session
    }
  }

  func take(for serverName: String) -> TLSSession? {
    sessions.withLock { $0.removeValue(forKey: serverName) }
  }

  /// Has OpenSSL hand over the sessions that a server offers.
  static func install(in context: OpaquePointer) {
    sallyport_SSL_CTX_keep_no_client_sessions(context)
    SSL_CTX_sess_set_new_cb(context, sessionOffered)
  }
}

/// A session that a client may resume, and who the server was.
///
/// Sendable because an `SSL_SESSION` is not changed any more once it is here, and its references are
/// counted atomically.
final class TLSSession: @unchecked Sendable {
  let pointer: OpaquePointer
  let chain: VerifiedChain

  /// Copies the session: OpenSSL spoils its own when a connection ends without a TLS close, which is
  /// when resuming is of most use.
  init?(copyOf session: OpaquePointer, with chain: VerifiedChain) {
    guard SSL_SESSION_is_resumable(session) == 1, let pointer = SSL_SESSION_dup(session) else {
      return nil
    }
    self.pointer = pointer
    self.chain = chain
  }

  deinit { SSL_SESSION_free(pointer) }
}

/// - Returns: Zero: the session stays OpenSSL's.
private func sessionOffered(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
  if let ssl, let session { HandshakeVerifier.attached(to: ssl)?.offered(session) }
  return 0
}
