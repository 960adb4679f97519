import COpenSSL

/// The ALPN protocol names that one context offers or accepts (RFC 7301).
final class ApplicationProtocols: Sendable {
  let names: [String]
  /// Each name with its length before it.
  private let wireFormat: [UInt8]

  /// - Throws: ``TLSError/Code/configuration`` for an empty list, or a name that is not of 1 to 255
  ///   bytes.
  init(_ names: [String]) throws(TLSError) {
    guard !names.isEmpty else {
      throw TLSError(code: .configuration, message: "no application protocol is configured")
    }
    var wireFormat: [UInt8] = []
    for name in names {
      guard let length = UInt8(exactly: name.utf8.count), length > 0 else {
        throw TLSError(
          code: .configuration,
          message: "application protocol '\(PrintableText(name))' is not of 1 to 255 bytes")
      }
      wireFormat.append(length)
      wireFormat.append(contentsOf: name.utf8)
    }
    self.names = names
    self.wireFormat = wireFormat
  }

  func offer(in context: OpaquePointer) throws(TLSError) {
    guard SSL_CTX_set_alpn_protos(context, wireFormat, UInt32(wireFormat.count)) == 0 else {
      throw TLSError(code: .internalError, message: "cannot set the application protocols")
    }
  }

  /// Has OpenSSL ask this object, which the caller keeps alive as long as `context`.
  ///
  /// Without the extension the selection is never asked for, so that its absence is looked for in
  /// the ClientHello itself.
  func select(in context: OpaquePointer) {
    SSL_CTX_set_client_hello_cb(context, requireApplicationProtocols, nil)
    SSL_CTX_set_alpn_select_cb(
      context, selectApplicationProtocol, Unmanaged.passUnretained(self).toOpaque())
  }

  fileprivate static func isOffered(in ssl: OpaquePointer?) -> Bool {
    var content: UnsafePointer<UInt8>?
    var length = 0
    let type = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
    return SSL_client_hello_get0_ext(ssl, type, &content, &length) == 1
  }

  /// The first of our names that the client offers, as a part of the client's list.
  fileprivate func choose(from offer: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    for name in names {
      var rest = offer[...]
      while let length = rest.popFirst(), rest.count >= length {
        let candidate = rest.prefix(Int(length))
        if candidate.elementsEqual(name.utf8) { return UnsafeBufferPointer(rebasing: candidate) }
        rest = rest.dropFirst(Int(length))
      }
    }
    return nil
  }

  fileprivate static func from(_ pointer: UnsafeMutableRawPointer?) -> ApplicationProtocols? {
    pointer.map { Unmanaged<ApplicationProtocols>.fromOpaque($0).takeUnretainedValue() }
  }
}

private func requireApplicationProtocols(
  _ ssl: OpaquePointer?, _ alert: UnsafeMutablePointer<Int32>?, _: UnsafeMutableRawPointer?
) -> Int32 {
  if ApplicationProtocols.isOffered(in: ssl) { return SSL_CLIENT_HELLO_SUCCESS }
  alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
  return SSL_CLIENT_HELLO_ERROR
}

private func selectApplicationProtocol(
  _: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ selectedLength: UnsafeMutablePointer<UInt8>?, _ offer: UnsafePointer<UInt8>?,
  _ offerLength: UInt32, _ protocols: UnsafeMutableRawPointer?
) -> Int32 {
  let offer = UnsafeBufferPointer(start: offer, count: Int(offerLength))
  guard let choice = ApplicationProtocols.from(protocols)?.choose(from: offer) else {
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }
  selected?.pointee = choice.baseAddress
  selectedLength?.pointee = UInt8(choice.count)
  return SSL_TLSEXT_ERR_OK
}
