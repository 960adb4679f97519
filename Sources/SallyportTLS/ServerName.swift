import COpenSSL

/// The name under which a client expects its server: a DNS name or an IP address.
struct ServerName {
  enum Kind: Hashable { case dns, ipAddress }

  let text: String
  let kind: Kind

  /// - Throws: ``TLSError/Code/configuration`` where `text` is neither.
  init(_ text: String) throws(TLSError) {
    if !text.utf8.contains(0), let address = a2i_IPADDRESS(text) {
      ASN1_OCTET_STRING_free(address)
      self.kind = .ipAddress
    } else {
      OpenSSLError.clear()
      guard Self.isDNSName(text) else {
        throw TLSError(
          code: .configuration,
          message: "server name '\(PrintableText(text))' is neither a DNS name nor an IP address")
      }
      self.kind = .dns
    }
    self.text = text
  }

  /// Has OpenSSL check the server's certificate for this name, and sends it as SNI where it is a
  /// DNS name (RFC 6066, section 3, has no place for addresses).
  ///
  /// Only subject alternative names count, and wildcards match nothing: one stolen key would stand
  /// for every host beneath.
  func expect(on ssl: OpaquePointer) throws(TLSError) {
    let parameters = SSL_get0_param(ssl)
    X509_VERIFY_PARAM_set_hostflags(
      parameters, UInt32(X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
    let isSet =
      switch kind {
      case .dns:
        X509_VERIFY_PARAM_set1_host(parameters, text, 0) == 1
          && sallyport_SSL_set_server_name(ssl, text) == 1
      case .ipAddress: X509_VERIFY_PARAM_set1_ip_asc(parameters, text) == 1
      }
    guard isSet else {
      throw TLSError(code: .internalError, message: "cannot set the expected server name")
    }
  }

  /// Letters, digits, dashes and underscores in labels of 1 to 63 bytes, at most 253 in all
  /// (RFC 1035, section 2.3.4). No wildcard, no trailing dot.
  private static func isDNSName(_ text: String) -> Bool {
    guard text.utf8.count <= 253 else { return false }
    return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { label in (1...63).contains(label.count) && label.allSatisfy(isLabelByte) }
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
