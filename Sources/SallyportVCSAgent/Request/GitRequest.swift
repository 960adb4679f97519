package import HTTPTypes
package import SallyportGitProtocol

/// A request of one of the two accepted forms, with everything that is passed on of it.
package struct GitRequest: Hashable, Sendable {
  package static let requestType = "application/x-git-upload-pack-request"
  /// Bytes of a request body as it arrives: wants and haves.
  package static let maximumBody = 64 << 20

  package let path: RepositoryPath
  /// The newest version that `Git-Protocol` names (gitprotocol-http(5)).
  package let version: ProtocolVersion
  package let isCompressed: Bool

  /// - Throws: ``RequestRefusal``.
  package init(_ request: HTTPRequest) throws(RequestRefusal) {
    path = try RepositoryPath(parsing: request.path ?? "")
    let method: HTTPRequest.Method = path.resource == .advertisement ? .get : .post
    guard request.method == method else {
      throw RequestRefusal(.method, "\(request.method) \(path.resource.rawValue)")
    }
    version = try Self.version(request.headerFields)
    switch path.resource {
    case .advertisement:
      isCompressed = false
    case .uploadPack:
      guard request.headerFields[.contentType] == Self.requestType else {
        throw RequestRefusal(.contentType)
      }
      switch request.headerFields[.contentEncoding] {
      case nil, "identity": isCompressed = false
      case "gzip", "x-gzip": isCompressed = true
      default: throw RequestRefusal(.contentEncoding)
      }
      if let text = request.headerFields[.contentLength] {
        guard let length = Int(text), length >= 0 else { throw RequestRefusal(.header) }
        guard length <= Self.maximumBody else { throw RequestRefusal(.tooLarge) }
      }
    }
  }

  private static func version(_ fields: HTTPFields) throws(RequestRefusal) -> ProtocolVersion {
    guard let value = fields[.gitProtocol] else { return .v0 }
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
    // Of several, a server takes the newest that it knows.
    return value.split(separator: ":").compactMap { parameter in
      ProtocolVersion.allCases.first { parameter == "version=\($0.rawValue)" }
    }.max { $0.rawValue < $1.rawValue } ?? .v0
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
