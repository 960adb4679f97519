import COpenSSL

/// Says in a ``TLSError`` what OpenSSL said about one connection.
struct ConnectionErrors {
  /// Our own.
  let role: TLSConfiguration.Role
  let applicationProtocols: [String]

  private var peer: String { role == .client ? "the server" : "the client" }

  /// - Parameters:
  ///   - reason: What `SSL_get_error` returned.
  ///   - refusal: Why ``HandshakeVerifier`` refused the peer's certificate, where it did.
  func handshakeFailed(_ reason: Int32, _ error: OpenSSLError, refusal: String?) -> TLSError {
    if let refusal { return TLSError(code: .peerRefused, message: refusal) }
    if let alert = error.receivedAlert { return refused(by: alert) }
    guard reason == SSL_ERROR_SSL else {
      return reason == SSL_ERROR_ZERO_RETURN
        ? TLSError(code: .handshakeFailed, message: "\(peer) closed during the TLS handshake")
        : unexplained(reason)
    }
    switch error.sslReason {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TLSError(code: .peerRefused, message: "\(peer) presented no certificate")
    case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED:
      return noApplicationProtocol
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return TLSError(code: .handshakeFailed, message: "\(peer) does not offer TLS 1.3")
    case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_WRONG_VERSION_NUMBER,
      SSL_R_PACKET_LENGTH_TOO_LONG:
      return TLSError(code: .handshakeFailed, message: "\(peer) does not speak TLS")
    default:
      return TLSError(
        code: .handshakeFailed, message: "the TLS handshake with \(peer) failed: \(error.text)")
    }
  }

  func connectionFailed(_ reason: Int32, _ error: OpenSSLError) -> TLSError {
    if let alert = error.receivedAlert {
      return alert.concernsCertificate
        ? refused(by: alert)
        : TLSError(
          code: .protocolViolation, message: "\(peer) ended the TLS connection (alert: \(alert))",
          receivedAlert: alert)
    }
    guard reason == SSL_ERROR_SSL else { return unexplained(reason) }
    return TLSError(
      code: .protocolViolation, message: "\(peer) broke the TLS protocol: \(error.text)")
  }

  var noApplicationProtocol: TLSError {
    let names = applicationProtocols.joined(separator: ", ")
    return TLSError(
      code: .handshakeFailed,
      message: role == .client
        ? "the server agreed to no application protocol; expected one of: \(names)"
        : "the client offered no application protocol of: \(names)")
  }

  var endedInHandshake: TLSError {
    TLSError(code: .truncated, message: "\(peer) disconnected during the TLS handshake")
  }

  var truncated: TLSError {
    TLSError(
      code: .truncated, message: "\(peer) disconnected without closing the TLS connection first")
  }

  var tooManyHandshakeMessages: TLSError {
    TLSError(
      code: .protocolViolation,
      message: "\(peer) sent more than \(HandshakeMessageCount.maximum) handshake messages")
  }

  /// - Parameter refusal: Nil where nobody has looked.
  func notAccepted(because refusal: String?) -> TLSError {
    guard let refusal else {
      return TLSError(code: .internalError, message: "\(peer)'s certificate was never verified")
    }
    return TLSError(code: .peerRefused, message: refusal)
  }

  private func refused(by alert: TLSAlert) -> TLSError {
    let message =
      switch alert {
      case .certificateRequired: "\(peer) requires a certificate from us, and we have none"
      case .protocolVersion: "\(peer) does not accept TLS 1.3"
      case .noApplicationProtocol:
        "\(peer) accepts none of our application protocols: "
          + applicationProtocols.joined(separator: ", ")
      default:
        alert.concernsCertificate
          ? "\(peer) refused our certificate" : "\(peer) refused the TLS handshake"
      }
    return TLSError(
      code: .handshakeFailed, message: "\(message) (alert: \(alert))", receivedAlert: alert)
  }

  private func unexplained(_ reason: Int32) -> TLSError {
    TLSError(code: .internalError, message: "OpenSSL failed for no stated reason (\(reason))")
  }
}
