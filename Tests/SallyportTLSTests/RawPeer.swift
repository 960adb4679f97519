import COpenSSL
import NIOCore
import SallyportCore
import SallyportTestSupport

/// A peer on OpenSSL's own memory BIOs, which can be set up as no ``TLSEngine`` can.
final class RawPeer {
  enum Role { case client, server }
  struct SetupFailed: Error {}

  private let context: OpaquePointer
  let ssl: OpaquePointer
  private let input: OpaquePointer
  private let output: OpaquePointer
  /// The alert that the other side sent, once a call has failed for it.
  private(set) var receivedAlert: UInt8?

  init(
    _ role: Role, _ certificate: TestCertificate? = nil,
    setup: (_ context: OpaquePointer) -> Void = { _ in }
  ) throws {
    guard let context = SSL_CTX_new(TLS_method()), let input = BIO_new(BIO_s_mem()),
      let output = BIO_new(BIO_s_mem())
    else { throw SetupFailed() }
    if let certificate { try Self.use(certificate, in: context) }
    setup(context)
    guard let ssl = SSL_new(context) else { throw SetupFailed() }
    SSL_set_bio(ssl, input, output)
    switch role {
    case .client: SSL_set_connect_state(ssl)
    case .server: SSL_set_accept_state(ssl)
    }
    self.context = context
    self.ssl = ssl
    self.input = input
    self.output = output
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  private static func use(_ certificate: TestCertificate, in context: OpaquePointer) throws {
    for (index, der) in certificate.chainDER.enumerated() {
      var cursor: UnsafePointer<UInt8>?
      let parsed = der.withUnsafeBufferPointer { bytes in
        cursor = bytes.baseAddress
        return d2i_X509(nil, &cursor, bytes.count)
      }
      defer { X509_free(parsed) }
      let result =
        index == 0
        ? SSL_CTX_use_certificate(context, parsed)
        : sallyport_SSL_CTX_add_chain_certificate(context, parsed)
      guard result == 1 else { throw SetupFailed() }
    }
    let isUsed = certificate.privateKey.withValue { der in
      SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, context, der, der.count)
    }
    guard isUsed == 1 else { throw SetupFailed() }
  }

  static func offerH2(_ context: OpaquePointer) {
    SSL_CTX_set_alpn_protos(context, [2, 0x68, 0x32], 3)
  }

  /// - Returns: True once complete.
  func handshake() -> Bool { note(SSL_do_handshake(ssl)) }

  func write(_ bytes: [UInt8]) -> Bool { note(SSL_write(ssl, bytes, Int32(bytes.count))) }

  func read(limit: Int = 65_536) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      var chunk = [UInt8](repeating: 0, count: limit)
      let count = SSL_read(ssl, &chunk, Int32(limit))
      guard note(count) else { return all }
      all += chunk.prefix(Int(count))
    }
  }

  func receive(_ bytes: ByteBuffer?) {
    bytes?.withUnsafeReadableBytes {
      _ = BIO_write(input, $0.baseAddress, Int32($0.count))
    }
  }

  func takeOutbound() -> ByteBuffer? {
    let pending = BIO_ctrl_pending(output)
    guard pending > 0 else { return nil }
    var buffer = ByteBuffer()
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) {
      max(0, Int(BIO_read(output, $0.baseAddress, Int32(pending))))
    }
    return buffer
  }

  private func note(_ result: Int32) -> Bool {
    guard result <= 0 else { return true }
    let code = ERR_get_error()
    ERR_clear_error()
    let reason = ERR_GET_REASON(code)
    if ERR_GET_LIB(code) == ERR_LIB_SSL, reason > SSL_AD_REASON_OFFSET {
      receivedAlert = UInt8(exactly: reason - SSL_AD_REASON_OFFSET)
    }
    return false
  }
}
