import HTTPTypes
import SallyportHTTP2

/// HTTP messages as header fields, and back.
enum HTTPCoding {
  /// Without pseudo-header fields and names that are none.
  static func fields(_ fields: [HeaderField]) -> HTTPFields {
    var result = HTTPFields()
    for field in fields where !field.name.hasPrefix(":") {
      guard let name = HTTPField.Name(parsed: field.name) else { continue }
      result.append(HTTPField(name: name, value: field.value))
    }
    return result
  }

  static func headerFields(_ fields: HTTPFields) -> [HeaderField] {
    fields.map { field in
      HeaderField(
        field.name.canonicalName, field.value,
        isSensitive: field.indexingStrategy == .avoid || field.name == .authorization)
    }
  }

  static func headerFields(_ request: HTTPRequest) -> [HeaderField] {
    var fields = [
      HeaderField(":method", request.method.rawValue),
      HeaderField(":scheme", request.scheme ?? "https"),
      HeaderField(":path", request.path ?? "/"),
    ]
    if let authority = request.authority { fields.append(HeaderField(":authority", authority)) }
    return fields + headerFields(request.headerFields)
  }

  static func headerFields(_ response: HTTPResponse) -> [HeaderField] {
    [HeaderField(":status", String(response.status.code))] + headerFields(response.headerFields)
  }

  /// Nil where a pseudo-header field is missing or not valid.
  static func request(_ fields: [HeaderField]) -> HTTPRequest? {
    var method: HTTPRequest.Method?
    var scheme: String?
    var authority: String?
    var path: String?
    for field in fields {
      switch field.name {
      case ":method": method = HTTPRequest.Method(rawValue: field.value)
      case ":scheme": scheme = field.value
      case ":authority": authority = field.value
      case ":path": path = field.value
      default: break
      }
    }
    guard let method, let path else { return nil }
    return HTTPRequest(
      method: method, scheme: scheme, authority: authority, path: path,
      headerFields: Self.fields(fields))
  }

  static func response(_ fields: [HeaderField]) -> HTTPResponse? {
    guard let status = fields.first(where: { $0.name == ":status" }).flatMap({ Int($0.value) }),
      (100...599).contains(status)
    else { return nil }
    return HTTPResponse(
      status: HTTPResponse.Status(code: status), headerFields: Self.fields(fields))
  }
}
