package import HTTPTypes

/// A request of one of the two accepted forms, with everything that is passed on of it.
package struct GitRequest: Hashable, Sendable {
  package static let requestType = "application/x-git-upload-pack-request"
  /// Bytes of a request body as it arrives: wants and haves.
  package static let maximumBody = 64 << 20

  package let path: RepositoryPath
  /// `Git-Protocol`, for example `version=2` (gitprotocol-http(5)).
  package let protocolVersion: String?
  package let isCompressed: Bool
  /// From `Content-Length`; nil where the body's length is not known.
  package let bodyLength: Int?

  /// - Throws: ``RequestRefusal``.
  package init(_ request: HTTPRequest) throws(RequestRefusal) {
    path = try RepositoryPath(parsing: request.path ?? "")
    let method: HTTPRequest.Method = path.resource == .advertisement ? .get : .post
    guard request.method == method else {
      throw RequestRefusal(.method, "\(request.method) \(path.resource.rawValue)")
    }
    protocolVersion = try Self.protocolVersion(request.headerFields)
    switch path.resource {
    case .advertisement:
      isCompressed = false
      bodyLength = 0
    case .uploadPack:
      guard request.headerFields[.contentType] == Self.requestType else {
        throw RequestRefusal(.contentType)
      }
      switch request.headerFields[.contentEncoding] {
      case nil, "identity": isCompressed = false
      case "gzip", "x-gzip": isCompressed = true
      default: throw RequestRefusal(.contentEncoding)
      }
      bodyLength = try request.headerFields[.contentLength].map { text throws(RequestRefusal) in
        guard let length = Int(text), length >= 0 else { throw RequestRefusal(.header) }
        return length
      }
    }
    guard (bodyLength ?? 0) <= Self.maximumBody else { throw RequestRefusal(.tooLarge) }
  }

  private static func protocolVersion(_ fields: HTTPFields) throws(RequestRefusal) -> String? {
    guard let value = fields[.gitProtocol] else { return nil }
    guard value.utf8.count <= 64,
      value.utf8.allSatisfy({
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      })
    else { throw RequestRefusal(.header, "git-protocol") }
    return value
  }
}

extension HTTPField.Name {
  /// gitprotocol-http(5); `git-protocol` is a token, so that this never fails.
  package static var gitProtocol: HTTPField.Name {
    guard let name = HTTPField.Name("git-protocol") else {
      preconditionFailure("'git-protocol' is a field name")
    }
    return name
  }
}
