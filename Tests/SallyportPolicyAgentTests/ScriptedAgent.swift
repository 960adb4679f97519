import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A policy agent that answers with whatever bytes a test wants.
final class ScriptedAgent: Sendable {
  typealias Writer = NIOAsyncChannelOutboundWriter<ByteBuffer>

  private let received = Mutex<[String]>([])

  /// Requests, head and body, as they arrived.
  var requests: [String] { received.withLock { $0 } }

  /// Serves until `body` returns.
  ///
  /// - Parameters:
  ///   - socket: Path to listen at; nil for a port of the loopback.
  ///   - tls: Of the server; nil without TLS.
  ///   - respond: Called for each request. To return false closes the connection.
  static func with(
    socket: String? = nil, tls: NIOSSLContext? = nil,
    respond: @escaping @Sendable (String, Writer) async throws -> Bool,
    _ body: @escaping @Sendable (ScriptedAgent, _ url: String) async throws -> Void
  ) async throws {
    let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
    let initialize:
      @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = {
        channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          }
          return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
      }
    let server =
      if let socket {
        try await bootstrap.bind(unixDomainSocketPath: socket, childChannelInitializer: initialize)
      } else {
        try await bootstrap.bind(
          host: "127.0.0.1", port: 0, childChannelInitializer: initialize)
      }
    let agent = ScriptedAgent()
    let url =
      socket.map { "unix://\($0)" } ?? "http://127.0.0.1:\(server.channel.localAddress?.port ?? 0)"
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await server.executeThenClose { connections in
          await withDiscardingTaskGroup { group in
            do {
              for try await connection in connections {
                group.addTask { try? await agent.serve(connection, respond) }
              }
            } catch {}
          }
        }
      }
      defer { group.cancelAll() }
      try await body(agent, url)
    }
  }

  private func serve(
    _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
    _ respond: @Sendable (String, Writer) async throws -> Bool
  ) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var unread = ""
      for try await piece in inbound {
        unread += String(buffer: piece)
        guard let end = unread.firstRange(of: "\r\n\r\n"),
          unread[end.upperBound...].utf8.count >= Self.bodyLength(unread[..<end.lowerBound])
        else { continue }
        let request = unread
        unread = ""
        received.withLock { $0.append(request) }
        guard try await respond(request, outbound) else { return }
      }
    }
  }

  private static func bodyLength(_ head: Substring) -> Int {
    for line in head.lowercased().split(separator: "\r\n") {
      guard line.hasPrefix("content-length:") else { continue }
      return Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
    }
    return 0
  }
}

extension NIOAsyncChannelOutboundWriter<ByteBuffer> {
  func send(_ text: String) async throws { try await write(ByteBuffer(string: text)) }

  /// A whole answer.
  func answer(_ body: String, status: String = "200 OK", headers: String = "") async throws {
    try await send(
      "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n\(headers)"
        + "content-length: \(body.utf8.count)\r\n\r\n\(body)")
  }
}
