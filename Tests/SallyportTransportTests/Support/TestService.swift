import GRPCCore

/// A service whose methods are closures over streams of bytes.
struct TestService: RegistrableRPCService {
  typealias Handler =
    @Sendable (StreamingServerRequest<[UInt8]>, ServerContext) async throws
    -> StreamingServerResponse<[UInt8]>

  var methods: [String: Handler]

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    for (name, handler) in methods {
      router.registerHandler(
        forMethod: Self.method(name), deserializer: BytesDeserializer(),
        serializer: BytesSerializer(), handler: handler)
    }
  }

  static func method(_ name: String) -> MethodDescriptor {
    MethodDescriptor(fullyQualifiedService: "test.Echo", method: name)
  }

  /// Sends back every message, and the request's metadata, once as initial and once as trailing.
  static let echo: Handler = { request, _ in
    StreamingServerResponse(metadata: request.metadata) { writer in
      for try await message in request.messages { try await writer.write(message) }
      return request.metadata
    }
  }

  static let echoing = TestService(methods: ["Echo": echo])
}
