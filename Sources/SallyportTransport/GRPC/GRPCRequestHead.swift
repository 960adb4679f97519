import GRPCCore
import SallyportHTTP2

/// What the header fields of a call say (gRPC over HTTP/2, "Requests").
struct GRPCRequestHead {
  /// A request that never reaches a handler.
  enum Rejection: Error, Hashable {
    /// Not gRPC at all: answered with an HTTP status.
    case http(status: Int)
    /// Answered with trailers only.
    case status(Status)
  }

  let method: MethodDescriptor
  let metadata: Metadata
  /// Time that the caller gives the call.
  let timeout: Duration?

  init(_ fields: [HeaderField]) throws(Rejection) {
    var httpMethod: String?
    var path: String?
    var contentType: String?
    var encoding: String?
    var timeout: Duration?
    for field in fields {
      switch field.name {
      case ":method": httpMethod = field.value
      case ":path": path = field.value
      case "content-type": contentType = field.value
      case "grpc-encoding": encoding = field.value
      case "grpc-timeout": timeout = GRPCTimeout.parse(field.value)
      default: break
      }
    }
    guard httpMethod == "POST" else { throw .http(status: 405) }
    guard let contentType, Self.isGRPC(contentType) else { throw .http(status: 415) }
    if let encoding, encoding != "identity" {
      throw .status(
        Status(
          code: .unimplemented,
          message: "message encoding '\(encoding)' is not supported, send identity"))
    }
    guard let path, let method = Self.method(path) else {
      throw .status(
        Status(code: .unimplemented, message: "the path names no method: /package.Service/Method"))
    }
    guard let metadata = MetadataCoding.metadata(from: fields) else {
      throw .status(
        Status(code: .internalError, message: "a '-bin' metadata value is not base64"))
    }
    self.method = method
    self.metadata = metadata
    self.timeout = timeout
  }

  static func isGRPC(_ contentType: String) -> Bool {
    let type = "application/grpc"
    guard contentType.hasPrefix(type) else { return false }
    let rest = contentType.utf8.dropFirst(type.utf8.count)
    return rest.isEmpty || rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: ";")
  }

  /// Exactly `/service/method`, both not empty, nothing percent-encoded.
  private static func method(_ path: String) -> MethodDescriptor? {
    guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(UInt8(ascii: "%")) else {
      return nil
    }
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    return MethodDescriptor(
      fullyQualifiedService: String(parts[0]), method: String(parts[1]))
  }
}
