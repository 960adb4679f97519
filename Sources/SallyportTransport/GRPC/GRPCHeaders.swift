import GRPCCore
import SallyportCore
import SallyportHTTP2

/// The header fields of calls, as this side sends them.
enum GRPCHeaders {
  private static let acceptEncoding = HeaderField("grpc-accept-encoding", "identity")
  private static let contentType = HeaderField("content-type", "application/grpc")
  private static let userAgent = HeaderField(
    "user-agent", "sallyport/\(SallyportVersion.current)")

  static func request(
    _ method: MethodDescriptor, authority: String, metadata: Metadata
  ) -> [HeaderField] {
    var fields: [HeaderField] = []
    fields.reserveCapacity(8 + metadata.count)
    fields.append(HeaderField(":method", "POST"))
    fields.append(HeaderField(":scheme", "https"))
    fields.append(HeaderField(":path", "/\(method.fullyQualifiedMethod)"))
    fields.append(HeaderField(":authority", authority))
    fields.append(contentType)
    fields.append(HeaderField("te", "trailers"))
    fields.append(userAgent)
    if let timeout = metadata[stringValues: "grpc-timeout"].first(where: { _ in true }) {
      fields.append(HeaderField("grpc-timeout", timeout))
    }
    MetadataCoding.append(metadata, to: &fields)
    return fields
  }

  static func response(_ metadata: Metadata) -> [HeaderField] {
    var fields = [HeaderField(":status", "200"), contentType]
    MetadataCoding.append(metadata, to: &fields)
    return fields
  }

  static func trailers(_ status: Status, _ metadata: Metadata) -> [HeaderField] {
    var fields = [HeaderField("grpc-status", String(status.code.rawValue))]
    if !status.message.isEmpty {
      fields.append(HeaderField("grpc-message", PercentEncoding.encode(status.message)))
    }
    MetadataCoding.append(metadata, to: &fields)
    return fields
  }

  /// The status code alone: for where a message or metadata cannot be sent.
  static func essential(_ trailers: [HeaderField]) -> [HeaderField] {
    trailers.filter { $0.name == "grpc-status" } + [
      HeaderField("grpc-message", "the status has a message or metadata that cannot be sent")
    ]
  }

  /// A response that is nothing but a status ("Trailers-Only").
  static func trailersOnly(_ trailers: [HeaderField]) -> [HeaderField] {
    [HeaderField(":status", "200"), contentType, acceptEncoding] + trailers
  }
}
