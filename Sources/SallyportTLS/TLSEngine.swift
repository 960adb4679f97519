import COpenSSL
package import NIOCore
package import SallyportCore

/// One TLS 1.3 connection without I/O: ciphertext in, plaintext out, and the other way round.
///
/// Confined to one event loop. After any throw the engine is dead and throws the same error again,
/// but ``takeOutbound()`` may still hold an alert that should be sent.
package final class TLSEngine {
  package enum Handshake: Sendable, Hashable { case needsInput, complete }

  package enum Read: Sendable, Hashable {
    /// That many bytes were appended.
    case bytes(Int)
    case needsInput
    /// The peer sent close_notify: no more plaintext will come.
    case closed
  }

  private enum State {
    case handshaking
    case established(applicationProtocol: String)
    case failed(TLSError)
  }

  /// OpenSSL's context refers to parts of this object, and the connection refers to the context.
  private let context: TLSContext
  private let buffers = TLSBuffers()
  private let verifier: HandshakeVerifier
  private let handle: SSLHandle
  /// Client: what may be resumed.
  private let session: TLSSession?
  private var state = State.handshaking
  private var isInputClosed = false
  private var isOutputClosed = false
  private let handshakeMessages = HandshakeMessageCount()
  /// Settable for tests.
  var keyUsage = RecordKeyUsage()

  init(_ context: TLSContext, serverName: ServerName?) throws(TLSError) {
    self.context = context
    verifier = HandshakeVerifier(context, expectedName: serverName)
    session = serverName.flatMap { context.sessions?.take(for: $0.text) }
    handle = try SSLHandle(context.handle)
    let ssl = handle.pointer
    let bio = try TLSBIO.make(over: buffers)
    SSL_set_bio(ssl, bio, bio)
    try verifier.attach(to: ssl)
    handshakeMessages.attach(to: ssl)
    if let serverName { try serverName.expect(on: ssl) }
    if let session, verifier.isResumable(session.chain) { SSL_set_session(ssl, session.pointer) }
    switch context.role {
    case .client: SSL_set_connect_state(ssl)
    case .server: SSL_set_accept_state(ssl)
    }
  }

  /// Set once the handshake is complete, where a peer verification is configured.
  ///
  /// Not before: until then the peer has shown a certificate, but not that it holds the key.
  package var peer: PeerIdentity? {
    if case .established = state { verifier.identity } else { nil }
  }

  /// Set once the handshake is complete.
  package var negotiatedProtocol: String? {
    if case .established(let name) = state { name } else { nil }
  }

  /// Whether the peer was known from an earlier connection, and has shown no certificate on this
  /// one. False until the handshake is complete.
  package var isResumed: Bool {
    guard case .established = state else { return false }
    return SSL_session_reused(handle.pointer) == 1
  }

  /// The cipher suite's standard name, such as `TLS_AES_128_GCM_SHA256`; nil until the handshake
  /// is complete.
  package var cipherSuite: String? {
    guard case .established = state, let cipher = SSL_get_current_cipher(handle.pointer),
      let name = SSL_CIPHER_get_name(cipher)
    else { return nil }
    return String(cString: name)
  }

  /// Hands over bytes from the transport, to be read by the calls below. Kept without a copy, and
  /// without a bound of its own: read before receiving more.
  package func receive(_ ciphertext: ByteBuffer) {
    if case .failed = state { return }
    guard !isInputClosed else { return }
    buffers.receive(ciphertext)
  }

  /// The transport's input has ended. Reading then throws ``TLSError/Code/truncated`` unless the
  /// peer sent close_notify.
  package func receiveEnd() { buffers.isInputEnded = true }

  /// Goes as far with the handshake as the input allows. A client calls it once to begin.
  package func handshake() throws(TLSError) -> Handshake {
    switch state {
    case .failed(let error): throw error
    case .established: return .complete
    case .handshaking: break
    }
    OpenSSLError.clear()
    let result = SSL_do_handshake(handle.pointer)
    if result == 1 {
      try finishHandshake()
      return .complete
    }
    let reason = SSL_get_error(handle.pointer, result)
    guard reason == SSL_ERROR_WANT_READ else {
      throw fail(errors.handshakeFailed(reason, OpenSSLError.take(), refusal: verifier.refusal))
    }
    guard !buffers.isInputEnded else { throw fail(errors.endedInHandshake) }
    return .needsInput
  }

  /// Decrypts what is there, at most `limit` bytes (one or more), into `output`.
  ///
  /// A client whose certificate was refused learns it here: in TLS 1.3 its own handshake is
  /// complete before the server looks at the certificate.
  package func read(into output: inout ByteBuffer, limit: Int) throws(TLSError) -> Read {
    precondition(limit > 0, "reading nothing would look like the end of the input")
    try requireEstablished()
    guard !isInputClosed else { return .closed }
    let pending = Int(SSL_pending(handle.pointer))
    var total = 0
    if pending > 0 || buffers.inboundBytes > 0 {
      let ciphertext = buffers.inboundBytes + buffers.incompleteRecordBytes
      output.reserveCapacity(minimumWritableBytes: max(1, min(limit, pending + ciphertext)))
      total = decrypt(into: &output, limit: limit)
    } else if buffers.isInputEnded {
      throw fail(errors.truncated)
    }
    if total > 0 { return .bytes(total) }
    if case .failed(let error) = state { throw error }
    if isInputClosed { return .closed }
    guard !buffers.isInputEnded else { throw fail(errors.truncated) }
    return .needsInput
  }

  /// Encrypts all readable bytes of `plaintext` into the outbound buffer, in records of up to
  /// 16 KiB. After ``Handshake/complete``.
  package func write(_ plaintext: ByteBuffer) throws(TLSError) {
    try requireEstablished()
    let length = plaintext.readableBytes
    guard length > 0 else { return }
    guard !isOutputClosed else {
      throw fail(TLSError(code: .internalError, message: "write after close"))
    }
    let records = RecordKeyUsage.records(for: length)
    if keyUsage.mustUpdate(before: records) {
      OpenSSLError.clear()
      guard SSL_key_update(handle.pointer, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 else {
        throw fail(errors.connectionFailed(SSL_ERROR_SSL, OpenSSLError.take()))
      }
    }
    buffers.reserveOutbound(length + records * RecordKeyUsage.recordOverhead)
    OpenSSLError.clear()
    var written = 0
    let result = plaintext.withUnsafeReadableBytes { bytes in
      SSL_write_ex(handle.pointer, bytes.baseAddress, bytes.count, &written)
    }
    guard result == 1, written == length else {
      let reason = SSL_get_error(handle.pointer, result)
      throw fail(errors.connectionFailed(reason, OpenSSLError.take()))
    }
  }

  /// Queues close_notify. Reading goes on until the peer has sent its own.
  package func close() {
    guard case .established = state, !isOutputClosed else { return }
    isOutputClosed = true
    OpenSSLError.clear()
    SSL_shutdown(handle.pointer)
    OpenSSLError.clear()
  }

  /// Ciphertext to hand to the transport; nil when there is none.
  package func takeOutbound() -> ByteBuffer? { buffers.takeOutbound() }

  package var outboundBytes: Int { buffers.outboundBytes }

  private var errors: ConnectionErrors {
    ConnectionErrors(
      role: context.role, applicationProtocols: context.applicationProtocols.names)
  }

  private func requireEstablished() throws(TLSError) {
    switch state {
    case .established: return
    case .failed(let error): throw error
    case .handshaking:
      throw fail(
        TLSError(code: .internalError, message: "no TLS data before the handshake is complete"))
    }
  }

  private func fail(_ error: TLSError) -> TLSError {
    state = .failed(error)
    buffers.discardInput()
    return error
  }

  private func finishHandshake() throws(TLSError) {
    if SSL_session_reused(handle.pointer) == 1,
      let chain = session?.chain ?? SessionTickets.chain(of: SSL_get_session(handle.pointer))
    {
      verifier.resume(chain)
    }
    guard context.peerCertificate == .none || verifier.isAccepted else {
      throw fail(errors.notAccepted(because: verifier.refusal))
    }
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(handle.pointer, &name, &length)
    let selected = String(
      decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    guard context.applicationProtocols.names.contains(selected) else {
      SSL_shutdown(handle.pointer)
      throw fail(errors.noApplicationProtocol)
    }
    buffers.recordFinished()
    if context.role == .server {
      SessionTickets.forgetChain(of: SSL_get_session(handle.pointer))
      verifier.forgetChain()
    }
    state = .established(applicationProtocol: selected)
  }

  /// Takes record after record. What ends the connection is kept in the engine's state, so that
  /// the plaintext before it is not lost.
  /// - Returns: The bytes appended to `output`.
  private func decrypt(into output: inout ByteBuffer, limit: Int) -> Int {
    let ssl = handle.pointer
    var total = 0
    while total < limit, buffers.inboundBytes > 0 || SSL_pending(ssl) > 0 {
      OpenSSLError.clear()
      var count = 0
      var result: Int32 = 0
      output.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
        result = SSL_read_ex(ssl, space.baseAddress, min(space.count, limit - total), &count)
        return count
      }
      total += count
      if handshakeMessages.isExceeded {
        _ = fail(errors.tooManyHandshakeMessages)
        return total
      }
      if result == 1 {
        if SSL_pending(ssl) == 0 { buffers.recordFinished() }
        continue
      }
      switch SSL_get_error(ssl, result) {
      case SSL_ERROR_WANT_READ:
        return total
      case SSL_ERROR_ZERO_RETURN:
        isInputClosed = true
        buffers.discardInput()
        return total
      case let reason:
        _ = fail(errors.connectionFailed(reason, OpenSSLError.take()))
        return total
      }
    }
    return total
  }
}
