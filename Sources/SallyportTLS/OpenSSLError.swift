import COpenSSL

/// The oldest entry of the calling thread's OpenSSL error queue.
///
/// The queue belongs to the thread, not to a connection: ``clear()`` before a call that may fail,
/// ``take()`` right after it, in the same synchronous function.
struct OpenSSLError {
  private let code: UInt

  static func clear() { ERR_clear_error() }

  /// Takes the oldest entry, which is the cause, and drops those that follow from it.
  static func take() -> OpenSSLError {
    let code = ERR_get_error()
    ERR_clear_error()
    return OpenSSLError(code: code)
  }

  /// The reason within OpenSSL's SSL library; nil where another library failed.
  var sslReason: Int32? {
    guard ERR_GET_LIB(code) == ERR_LIB_SSL else { return nil }
    return ERR_GET_REASON(code)
  }

  /// The fatal alert that the peer sent, where that is the error.
  var receivedAlert: TLSAlert? {
    guard let sslReason else { return nil }
    return UInt8(exactly: sslReason - SSL_AD_REASON_OFFSET).map(TLSAlert.init(rawValue:))
  }

  /// OpenSSL's own words: a constant text, without any input in it.
  var text: String {
    guard code != 0, let text = ERR_reason_error_string(code) else { return "unknown error" }
    return String(cString: text)
  }
}
