import HTTPTypes
import SallyportHTTP2
import SallyportRelay

/// The header fields of a CONNECT and of its answer (RFC 9113, section 8.5).
struct ConnectRequestHead {
  /// Bytes of an authority; a pool name or a relay id fits many times.
  private static let maximumAuthorityLength = 255

  let authority: String
  let headers: HTTPFields

  /// Nil where there is no usable authority.
  init?(_ fields: [HeaderField]) {
    guard let authority = fields.first(where: { $0.name == ":authority" })?.value,
      (1...Self.maximumAuthorityLength).contains(authority.utf8.count),
      authority.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    self.authority = authority
    self.headers = HTTPCoding.fields(fields)
  }

  static func request(_ request: RelayRequest) -> [HeaderField] {
    [HeaderField(":method", "CONNECT"), HeaderField(":authority", request.authority)]
      + HTTPCoding.headerFields(request.headers)
  }

  static func refusal(_ refusal: RelayRefusal) -> [HeaderField] {
    var fields = [
      HeaderField(":status", String(refusal.status)),
      HeaderField("sallyport-reason", PercentEncoding.encode(refusal.reason)),
    ]
    if let retryAfter = refusal.retryAfter {
      let (seconds, rest) = retryAfter.components
      fields.append(HeaderField("retry-after", String(max(0, seconds + (rest > 0 ? 1 : 0)))))
    }
    return fields
  }

  /// - Returns: Nil for an answer of 200.
  static func refusal(from fields: [HeaderField]) -> RelayRefusal? {
    var status = 0
    var reason = ""
    var retryAfter: Duration?
    for field in fields {
      switch field.name {
      case ":status": status = Int(field.value) ?? 0
      case "sallyport-reason": reason = PercentEncoding.decode(field.value)
      case "retry-after":
        retryAfter = Int64(field.value).flatMap { $0 >= 0 && $0 < 86_400 ? .seconds($0) : nil }
      default: break
      }
    }
    return status == 200
      ? nil : RelayRefusal(status: status, reason: reason, retryAfter: retryAfter)
  }
}
