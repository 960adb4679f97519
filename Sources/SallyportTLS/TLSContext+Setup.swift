import COpenSSL
import SallyportCore

extension TLSContext {
  /// Authorities between leaf and root that a chain may have.
  private static let maximumIntermediates: Int32 = 4
  /// Bytes of all certificates that a peer may present.
  private static let maximumChainBytes = 64 * 1_024

  private static let cipherSuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
  /// No finite-field groups: their key generation is what a peer could make us burn time with.
  private static let groups = "X25519:P-256:P-384"

  /// TLS 1.3 and nothing beside it: no early data, which could be replayed.
  static func setProtocol(in context: OpaquePointer) throws(TLSError) {
    OpenSSLError.clear()
    SSL_CTX_set_security_level(context, 2)
    guard sallyport_SSL_CTX_set_protocol_versions(context, TLS1_3_VERSION) == 1,
      SSL_CTX_set_ciphersuites(context, cipherSuites) == 1,
      sallyport_SSL_CTX_set_groups(context, groups) == 1,
      SSL_CTX_set_max_early_data(context, 0) == 1,
      SSL_CTX_set_recv_max_early_data(context, 0) == 1
    else {
      throw TLSError(
        code: .configuration, message: "OpenSSL refuses TLS 1.3: \(OpenSSLError.take().text)")
    }
    SSL_CTX_set_options(
      context,
      sallyport_SSL_OP_NO_RENEGOTIATION() | sallyport_SSL_OP_NO_COMPRESSION()
    )
    SSL_CTX_clear_options(context, sallyport_SSL_OP_IGNORE_UNEXPECTED_EOF())
    // Idle connections hold no record buffers: some 34 KiB each. And what is shown is the chain that
    // is configured: OpenSSL would otherwise look for its root in each handshake, verify it, and send
    // the root as well.
    sallyport_SSL_CTX_set_mode(
      context, Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_NO_AUTO_CHAIN))
  }

  /// OpenSSL itself keeps no sessions: a server's are in their tickets, a client's in a
  /// ``TLSSessionCache``.
  static func setResumption(
    _ configuration: TLSConfiguration, in context: OpaquePointer
  ) throws(TLSError) {
    sallyport_SSL_CTX_disable_session_cache(context)
    guard configuration.resumesSessions else {
      guard SSL_CTX_set_num_tickets(context, 0) == 1 else {
        throw TLSError(code: .internalError, message: "OpenSSL cannot do without session tickets")
      }
      SSL_CTX_set_options(context, sallyport_SSL_OP_NO_TICKET())
      return
    }
    switch configuration.role {
    case .client: TLSSessionCache.install(in: context)
    case .server: try SessionTickets.install(in: context)
    }
  }

  /// The purpose, client or server, is OpenSSL's default for each side.
  static func setVerification(
    _ configuration: TLSConfiguration, in context: OpaquePointer
  ) throws(TLSError) {
    switch configuration.peerCertificate {
    case .none:
      SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
    case .required:
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }
    HandshakeVerifier.install(in: context)
    SSL_CTX_set_verify_depth(context, maximumIntermediates)
    sallyport_SSL_CTX_set_max_cert_list(context, maximumChainBytes)

    let store = SSL_CTX_get_cert_store(context)
    for (index, der) in configuration.trustRoots.enumerated() {
      let name = "trust root \(index + 1)"
      let root = try CertificateHandle(der: der, name: name)
      OpenSSLError.clear()
      guard X509_check_ca(root.pointer) == 1, X509_self_signed(root.pointer, 1) == 1 else {
        OpenSSLError.clear()
        throw TLSError(
          code: .configuration, message: "\(name) is not a self-signed authority's certificate")
      }
      guard X509_STORE_add_cert(store, root.pointer) == 1 else {
        throw TLSError(
          code: .configuration, message: "\(name) cannot be used: \(OpenSSLError.take().text)")
      }
    }
  }

  static func setCredentials(
    _ configuration: TLSConfiguration, in context: OpaquePointer
  ) throws(TLSError) {
    for (index, der) in configuration.certificateChain.enumerated() {
      let name = index == 0 ? "the certificate" : "certificate \(index + 1) of the chain"
      let certificate = try CertificateHandle(der: der, name: name)
      OpenSSLError.clear()
      let isUsed =
        index == 0
        ? SSL_CTX_use_certificate(context, certificate.pointer)
        : sallyport_SSL_CTX_add_chain_certificate(context, certificate.pointer)
      guard isUsed == 1 else {
        throw TLSError(
          code: .configuration, message: "\(name) cannot be used: \(OpenSSLError.take().text)")
      }
    }
    guard let privateKey = configuration.privateKey else { return }
    let isMatch = try privateKey.withValue { der throws(TLSError) in
      let key = try PrivateKeyHandle(der: der)
      return SSL_CTX_use_PrivateKey(context, key.pointer) == 1
        && SSL_CTX_check_private_key(context) == 1
    }
    OpenSSLError.clear()
    guard isMatch else {
      throw TLSError(
        code: .configuration, message: "the private key does not belong to the certificate")
    }
  }
}
