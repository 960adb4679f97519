import COpenSSL

/// Owns one reference to an `SSL_CTX`.
///
/// Sendable because an `SSL_CTX` is only changed while ``TLSContext`` sets it up; what OpenSSL does
/// with it later, `SSL_new` and reference counting, is synchronised by OpenSSL itself.
struct SSLContextHandle: ~Copyable, @unchecked Sendable {
  let pointer: OpaquePointer

  init() throws(TLSError) {
    try OpenSSLLibrary.initialize()
    OpenSSLError.clear()
    guard let pointer = SSL_CTX_new(TLS_method()) else {
      throw TLSError(
        code: .configuration, message: "OpenSSL refuses TLS: \(OpenSSLError.take().text)")
    }
    self.pointer = pointer
  }

  deinit { SSL_CTX_free(pointer) }
}

/// Owns one `SSL`, and the `BIO` that it reads from and writes to.
struct SSLHandle: ~Copyable {
  let pointer: OpaquePointer

  init(_ context: borrowing SSLContextHandle) throws(TLSError) {
    OpenSSLError.clear()
    guard let pointer = SSL_new(context.pointer) else {
      throw TLSError(
        code: .internalError, message: "cannot make a connection: \(OpenSSLError.take().text)")
    }
    self.pointer = pointer
  }

  deinit { SSL_free(pointer) }
}

/// Owns one reference to an `X509`.
struct CertificateHandle: ~Copyable {
  let pointer: OpaquePointer

  /// - Parameter name: What an error message calls it.
  init(der: [UInt8], name: String) throws(TLSError) {
    OpenSSLError.clear()
    let parsed = der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      let certificate = d2i_X509(nil, &cursor, bytes.count)
      guard cursor == bytes.baseAddress.map({ $0 + bytes.count }) else {
        X509_free(certificate)
        return OpaquePointer?.none
      }
      return certificate
    }
    guard let parsed else {
      throw TLSError(
        code: .configuration,
        message: "\(name) is not one DER certificate: \(OpenSSLError.take().text)")
    }
    self.pointer = parsed
  }

  deinit { X509_free(pointer) }
}

/// Owns one reference to an `EVP_PKEY`.
struct PrivateKeyHandle: ~Copyable {
  let pointer: OpaquePointer

  /// - Parameter der: PKCS #8 or SEC 1, not encrypted. Read, and not kept.
  init(der: [UInt8]) throws(TLSError) {
    OpenSSLError.clear()
    let parsed = der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      return d2i_AutoPrivateKey(nil, &cursor, bytes.count)
    }
    OpenSSLError.clear()
    guard let parsed else {
      throw TLSError(
        code: .configuration, message: "the private key is not unencrypted PKCS #8 or SEC 1 DER")
    }
    self.pointer = parsed
  }

  deinit { EVP_PKEY_free(pointer) }
}
