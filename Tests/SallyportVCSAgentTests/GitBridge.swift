import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import SallyportRelay

/// An HTTP/1.1 server on the loopback for Git's own client: passes each request on as an exchange of
/// a sealed channel.
struct GitBridge: Sendable {
  private typealias Connection = NIOAsyncChannel<
    HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>
  >

  let channel: any SealedChannel

  /// - Parameter body: Gets the address below which repositories are.
  func serve<Result: Sendable>(
    _ body: @escaping @Sendable (_ url: String) async throws -> Result
  ) async throws -> Result {
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(ResponseParts())
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    let port = server.channel.localAddress?.port ?? 0
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await server.executeThenClose { connections in
          await withDiscardingTaskGroup { group in
            do {
              for try await connection in connections {
                group.addTask { try? await serve(connection) }
              }
            } catch {}
          }
        }
      }
      defer { group.cancelAll() }
      return try await body("http://127.0.0.1:\(port)/")
    }
  }

  /// Whatever is thrown closes the connection: an answer that was cut off does not look whole.
  private func serve(_ connection: Connection) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var head: HTTPRequestHead?
      var body = ByteBuffer()
      for try await part in inbound {
        switch part {
        case .head(let next): head = next
        case .body(let piece): body.writeImmutableBuffer(piece)
        case .end:
          guard let request = head else { return }
          try await pass(request, body, to: outbound)
          guard request.isKeepAlive else { return }
          body.clear()
        }
      }
    }
  }

  private func pass(
    _ head: HTTPRequestHead, _ body: ByteBuffer,
    to outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>
  ) async throws {
    var request = HTTPRequest(
      method: HTTPRequest.Method(head.method.rawValue) ?? .get, scheme: "https",
      authority: "git.sallyport", path: head.uri)
    for name in ["content-type", "content-encoding", "git-protocol", "accept"] {
      guard let value = head.headers.first(name: name), let field = HTTPField.Name(name) else {
        continue
      }
      request.headerFields[field] = value
    }
    let requestBody: SealedBody? =
      head.method == .GET ? nil : HandlerHarness.body([Array(body.readableBytesView)])
    try await channel.withExchange(request, requestBody: requestBody) { response, pieces in
      var answer = HTTPResponseHead(
        version: .http1_1, status: .init(statusCode: response.status.code))
      for field in response.headerFields {
        answer.headers.add(name: field.name.canonicalName, value: field.value)
      }
      try await outbound.write(.head(answer))
      for try await piece in pieces { try await outbound.write(.body(piece)) }
      try await outbound.write(.end(nil))
    }
  }

  /// What NIO's HTTP server takes, from parts that are all `Sendable`.
  private final class ResponseParts: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(
      context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
      let part: HTTPServerResponsePart =
        switch unwrapOutboundIn(data) {
        case .head(let head): .head(head)
        case .body(let piece): .body(.byteBuffer(piece))
        case .end(let trailers): .end(trailers)
        }
      context.write(wrapOutboundOut(part), promise: promise)
    }
  }
}
