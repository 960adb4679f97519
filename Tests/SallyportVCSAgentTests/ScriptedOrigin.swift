import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTPS origin that answers with whatever bytes a test wants.
final class ScriptedOrigin: Sendable {
  struct Writer: Sendable {
    fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    fileprivate let eventLoop: any EventLoop

    /// Returns once the event loop has taken the bytes: before that a channel that is full does not
    /// look so, and any number of them would wait in memory.
    func write(_ bytes: ByteBuffer) async throws {
      try await outbound.write(bytes)
      try await eventLoop.submit {}.get()
    }

    func send(_ text: String) async throws { try await write(ByteBuffer(string: text)) }
  }

  private let state = Mutex<[String]>([])

  /// Request heads, as they arrived.
  var requests: [String] { state.withLock { $0 } }

  /// - Parameter respond: Called for each request head; returning closes the connection.
  static func with(
    _ scratch: Scratch, respond: @escaping @Sendable (String, Writer) async throws -> Void,
    _ body: @escaping @Sendable (ScriptedOrigin, _ url: String) async throws -> Void
  ) async throws {
    try await scratch.makeCertificates()
    let tls = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMFile(scratch.path("certificate.pem"))
          .map { .certificate($0) },
        privateKey: .privateKey(
          try NIOSSLPrivateKey(file: scratch.path("key.pem"), format: .pem))))
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let origin = ScriptedOrigin()
    let port = server.channel.localAddress?.port ?? 0
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await server.executeThenClose { connections in
          await withDiscardingTaskGroup { group in
            do {
              for try await connection in connections {
                group.addTask { try? await origin.serve(connection, respond) }
              }
            } catch {}
          }
        }
      }
      try await body(origin, "https://localhost:\(port)/git/")
      group.cancelAll()
    }
  }

  private func serve(
    _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
    _ respond: @Sendable (String, Writer) async throws -> Void
  ) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var head = ""
      for try await piece in inbound {
        head += String(buffer: piece)
        guard let end = head.firstRange(of: "\r\n\r\n") else { continue }
        let request = String(head[..<end.lowerBound])
        // To close with something unread would take back what was sent.
        guard Self.isWhole(head[end.upperBound...], of: request) else { continue }
        self.state.withLock { $0.append(request) }
        try await respond(
          request, Writer(outbound: outbound, eventLoop: connection.channel.eventLoop))
        return
      }
    }
  }
}

extension ScriptedOrigin {
  private static func isWhole(_ body: Substring, of head: String) -> Bool {
    guard !head.lowercased().contains("transfer-encoding: chunked") else {
      return body.hasPrefix("0\r\n") || body.contains("\r\n0\r\n")
    }
    return body.utf8.count >= bodyLength(head)
  }

  private static func bodyLength(_ head: String) -> Int {
    for line in head.lowercased().split(separator: "\r\n") {
      guard line.hasPrefix("content-length:") else { continue }
      return Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
    }
    return 0
  }
}
