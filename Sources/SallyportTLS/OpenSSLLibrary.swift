import COpenSSL

/// The OpenSSL that this process runs with.
package enum OpenSSLLibrary {
  /// Name, version and date of the shared library, such as `OpenSSL 3.0.15 3 Sep 2024`.
  package static var version: String {
    guard let text = OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
    return String(cString: text)
  }

  /// Initialises the library once, with the system's configuration (which may select a FIPS
  /// provider) and without its exit handler: that one frees global state while event loops still
  /// use it.
  static func initialize() throws(TLSError) {
    guard isInitialized else {
      throw TLSError(
        code: .configuration,
        message: "OpenSSL does not start; check the system's openssl.cnf")
    }
  }

  private static let isInitialized: Bool = {
    let options = UInt64(OPENSSL_INIT_NO_ATEXIT) | UInt64(OPENSSL_INIT_LOAD_CONFIG)
    let started = OPENSSL_init_ssl(options, nil) == 1
    ERR_clear_error()
    return started
  }()
}
