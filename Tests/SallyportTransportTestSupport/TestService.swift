package import GRPCCore

/// A service, `test.Echo`, whose methods are closures over streams of bytes.
package struct TestService: RegistrableRPCService {
  package typealias Handler =
    @Sendable (StreamingServerRequest<[UInt8]>, ServerContext) async throws
    -> StreamingServerResponse<[UInt8]>

  private let methods: [String: Handler]

  package init(methods: [String: Handler]) { self.methods = methods }

  package func registerMethods<Transport: ServerTransport>(
    with router: inout RPCRouter<Transport>
  ) {
    for (name, handler) in methods {
      router.registerHandler(
        forMethod: Self.method(name), deserializer: BytesDeserializer(),
        serializer: BytesSerializer(), handler: handler)
    }
  }

  package static func method(_ name: String) -> MethodDescriptor {
    MethodDescriptor(fullyQualifiedService: "test.Echo", method: name)
  }

  /// Sends back every message, and the request's metadata that is called `x-` something, once as
  /// initial and once as trailing.
  package static let echo: Handler = { request, _ in
    let metadata = Metadata(request.metadata.filter { $0.key.hasPrefix("x-") })
    return StreamingServerResponse(metadata: metadata) { writer in
      for try await message in request.messages { try await writer.write(message) }
      return metadata
    }
  }

  package static let echoing = TestService(methods: ["Echo": echo])
}
