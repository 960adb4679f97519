import COpenSSL

/// The DNS names and IP addresses of a certificate, for an error message: at most four of them.
struct CertificateNames: CustomStringConvertible {
  let description: String

  init(of certificate: OpaquePointer) {
    let names = sallyport_copy_alternative_names(certificate)
    defer { GENERAL_NAMES_free(names) }
    let limit = 4
    let all = (0..<sallyport_name_count(names)).lazy.compactMap { Self.text(of: $0, in: names) }
    let first = all.prefix(limit + 1).map { "'\($0)'" }
    description =
      switch first.count {
      case 0: "no DNS name or IP address"
      case ...limit: first.joined(separator: ", ")
      default: first.dropLast().joined(separator: ", ") + " and others"
      }
  }

  private static func text(of index: Int32, in names: OpaquePointer?) -> String? {
    var value: UnsafePointer<ASN1_STRING>?
    let kind = sallyport_name_at(names, index, &value)
    guard let value, let data = ASN1_STRING_get0_data(value) else { return nil }
    let bytes = UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(value)))
    return kind == GEN_IPADD ? address(bytes) : PrintableText(bytes: bytes).description
  }

  private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: bytes.count - 1, by: 2)
      .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
      .joined(separator: ":")
  }
}
