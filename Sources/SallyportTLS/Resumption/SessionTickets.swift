import COpenSSL

/// A server's session tickets (RFC 8446, section 4.6.1): each holds the chain that its client has
/// shown, encrypted with keys that live and die with the `SSL_CTX`.
///
/// Who resumes is looked at as if it had shown that chain again: see ``HandshakeVerifier/resume(_:)``.
/// What is then found wrong with it costs the client a full handshake, in which it is told.
enum SessionTickets {
  /// Seconds for which a ticket is taken.
  static let lifetime = 3_600
  /// Sessions of one context are of no use to another, whatever the keys.
  private static let scope = Array("sallyport".utf8)

  /// One ticket a connection: every reconnect brings a new one.
  static func install(in context: OpaquePointer) throws(TLSError) {
    guard SSL_CTX_set_num_tickets(context, 1) == 1,
      SSL_CTX_set_session_id_context(context, scope, UInt32(scope.count)) == 1,
      SSL_CTX_set_session_ticket_cb(context, makeTicket, takeTicket, nil) == 1
    else {
      throw TLSError(
        code: .configuration,
        message: "OpenSSL refuses session tickets: \(OpenSSLError.take().text)")
    }
    SSL_CTX_set_timeout(context, lifetime)
  }

  /// What the ticket that `session` came from says of the client.
  static func chain(of session: OpaquePointer?) -> VerifiedChain? {
    let data = chainData(of: session)
    return data.isEmpty ? nil : VerifiedChain(ticketData: data)
  }

  /// Valid while the session is, and not changed.
  private static func chainData(of session: OpaquePointer?) -> UnsafeRawBufferPointer {
    var data: UnsafeMutableRawPointer?
    var count = 0
    guard let session, SSL_SESSION_get0_ticket_appdata(session, &data, &count) == 1 else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: data, count: count)
  }

  /// Once the tickets of a connection have been made, which is before its handshake is complete.
  static func forgetChain(of session: OpaquePointer?) {
    if let session { SSL_SESSION_set1_ticket_appdata(session, nil, 0) }
  }

  /// A ticket without a chain is no error: it resumes nothing.
  ///
  /// - Returns: Whether the handshake may go on.
  fileprivate static func make(_ ssl: OpaquePointer) -> Bool {
    guard let session = SSL_get_session(ssl) else { return true }
    guard PeerlessSession.dropPeer(of: session) else { return false }
    guard chainData(of: session).isEmpty,
      let data = HandshakeVerifier.attached(to: ssl)?.verified?.ticketData
    else { return true }
    SSL_SESSION_set1_ticket_appdata(session, data, data.count)
    return true
  }

  fileprivate static func isUsable(_ ssl: OpaquePointer, _ session: OpaquePointer?) -> Bool {
    guard let chain = chain(of: session), let verifier = HandshakeVerifier.attached(to: ssl)
    else { return false }
    return verifier.isResumable(chain)
  }
}

private func makeTicket(_ ssl: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
  guard let ssl else { return 0 }
  return SessionTickets.make(ssl) ? 1 : 0
}

private func takeTicket(
  _ ssl: OpaquePointer?, _ session: OpaquePointer?, _: UnsafePointer<UInt8>?, _: Int,
  _ status: SSL_TICKET_STATUS, _: UnsafeMutableRawPointer?
) -> SSL_TICKET_RETURN {
  guard let ssl, status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW,
    SessionTickets.isUsable(ssl, session)
  else { return SSL_TICKET_RETURN_IGNORE_RENEW }
  return SSL_TICKET_RETURN_USE_RENEW
}
