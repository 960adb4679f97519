import GRPCCore
import SallyportHTTP2

/// What the header fields of a response say (gRPC over HTTP/2, "Responses").
enum GRPCResponseHead {
  case metadata(Metadata)
  /// The call is over: trailers only, or not a gRPC response.
  case status(Status, Metadata)

  init(_ fields: [HeaderField], endStream: Bool) {
    let httpStatus = fields.first { $0.name == ":status" }.flatMap { Int($0.value) } ?? 0
    if endStream {
      self = Self.trailers(fields, httpStatus: httpStatus)
      return
    }
    guard httpStatus == 200 else {
      self = .status(Status(httpStatusCode: httpStatus), Metadata())
      return
    }
    guard let type = fields.first(where: { $0.name == "content-type" })?.value,
      GRPCRequestHead.isGRPC(type)
    else {
      self = .status(
        Status(code: .unknown, message: "the response is not gRPC: wrong content-type"), Metadata())
      return
    }
    if let encoding = fields.first(where: { $0.name == "grpc-encoding" })?.value,
      encoding != "identity"
    {
      self = .status(
        Status(code: .internalError, message: "the response is compressed, which was not offered"),
        Metadata())
      return
    }
    guard let metadata = MetadataCoding.metadata(from: fields) else {
      self = .status(Self.invalidBinary, Metadata())
      return
    }
    self = .metadata(metadata)
  }

  /// - Parameter httpStatus: Used where there is no `grpc-status`.
  static func trailers(_ fields: [HeaderField], httpStatus: Int) -> GRPCResponseHead {
    var code: Status.Code?
    var message = ""
    for field in fields {
      switch field.name {
      case "grpc-status":
        code = Int(field.value).flatMap(Status.Code.init(rawValue:)) ?? .unknown
      case "grpc-message": message = PercentEncoding.decode(field.value)
      default: break
      }
    }
    guard let metadata = MetadataCoding.metadata(from: fields) else {
      return .status(invalidBinary, Metadata())
    }
    guard let code else {
      let status =
        httpStatus == 200
        ? Status(code: .unknown, message: "the response ended without a grpc-status")
        : Status(httpStatusCode: httpStatus)
      return .status(status, metadata)
    }
    return .status(Status(code: code, message: message), metadata)
  }

  private static var invalidBinary: Status {
    Status(code: .internalError, message: "a '-bin' metadata value of the response is not base64")
  }
}
