package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportMetrics

/// The health endpoint: HTTP/1.1 on a thread of its own, so that it answers also where the event
/// loops of the transport do not.
///
/// It is there for as long as the process is, also while it drains. Everything about it is bounded:
/// ``maximumConnections``, one request for each, ``RequestSizeGate/maximum`` bytes of it, and
/// ``connectionTimeout`` for all of it.
package struct HealthServer: Sendable {
  /// Connections at once; one more is closed unanswered.
  package static let maximumConnections = 16
  /// From accept to close.
  package static let connectionTimeout = Duration.seconds(10)

  private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

  private let address: HealthAddress
  private let board: HealthBoard
  private let logger: Logger
  private let timeout: Duration
  private let socket: (@Sendable () throws -> CInt)?
  private let retirement: AsyncStream<Void>?

  /// - Parameters:
  ///   - socket: A descriptor that listens at `address` already, for the server to close; nil to
  ///     bind one.
  ///   - retirement: Where it ends, another process answers from then on and this one does not.
  package init(
    _ address: HealthAddress, _ board: HealthBoard,
    socket: (@Sendable () throws -> CInt)? = nil, until retirement: AsyncStream<Void>? = nil,
    logger: Logger, timeout: Duration = HealthServer.connectionTimeout
  ) {
    self.socket = socket
    self.retirement = retirement
    self.address = address
    self.board = board
    self.logger = logger
    self.timeout = timeout
  }

  /// Listens while `body` runs.
  ///
  /// - Parameter body: Begins once the port is bound and written.
  /// - Throws: `ErrorReport` with exit code 69 where the port cannot be had, and what `body` throws.
  package func serve<Result: Sendable>(
    while body: (_ port: Int) async throws -> Result
  ) async throws -> Result {
    try await MultiThreadedEventLoopGroup.withEventLoopGroup(numberOfThreads: 1) { group in
      let listener = try await bind(group)
      let port = listener.channel.localAddress?.port ?? address.port
      do {
        try writePort(port)
      } catch {
        try? await listener.channel.close().get()
        throw error
      }
      logger.info(
        "health endpoint open",
        metadata: ["host": "\(address.host)", "port": .stringConvertible(port)])
      return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { await acceptUntilRetired(listener) }
        defer { tasks.cancelAll() }
        return try await body(port)
      }
    }
  }

  private func bind(
    _ group: any EventLoopGroup
  ) async throws -> NIOAsyncChannel<Connection, Never> {
    do {
      let bootstrap = ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 64)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
      if let socket {
        return try await bootstrap.bind(try socket(), childChannelInitializer: initialize)
      }
      return try await bootstrap.bind(
        host: address.host, port: address.port, childChannelInitializer: initialize)
    } catch {
      throw ErrorReport(
        "cannot listen on \(address.text) (health.host, health.port): \(error); choose another port, "
          + "or 0 for any free one", exitCode: ExitCode.unavailable)
    }
  }

  private func initialize(_ channel: any Channel) -> EventLoopFuture<Connection> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(RequestSizeGate())
      try channel.pipeline.syncOperations.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: true)
      return try Connection(
        wrappingChannelSynchronously: channel,
        configuration: .init(isOutboundHalfClosureEnabled: true))
    }
  }

  private func writePort(_ port: Int) throws {
    guard let file = address.portFile else { return }
    do {
      try DurableFile.replace(file, contents: Array("\(port)\n".utf8), mode: .readableByAll)
    } catch {
      throw ErrorReport("health.port-file: \(error)", exitCode: ExitCode.cannotCreate)
    }
  }

  private func acceptUntilRetired(_ listener: NIOAsyncChannel<Connection, Never>) async {
    guard let retirement else { return await accept(listener) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await accept(listener) }
      group.addTask { for await _ in retirement {} }
      await group.next()
      group.cancelAll()
    }
  }

  private func accept(_ listener: NIOAsyncChannel<Connection, Never>) async {
    let open = Gauge()
    do {
      try await listener.executeThenClose { connections in
        try await withThrowingDiscardingTaskGroup { group in
          for try await connection in connections {
            // Only this loop lets connections in.
            let isFree = open.current < Self.maximumConnections
            open.add(1)
            group.addTask {
              if isFree {
                await answer(connection)
              } else {
                try? await connection.executeThenClose { _, _ in }
              }
              open.subtract(1)
            }
          }
        }
      }
    } catch {
      // The end of the process cancels this task; nothing else should end it.
      if !Task.isCancelled {
        logger.error("the health endpoint is gone", metadata: ["error": "\(error)"])
      }
    }
  }

  /// What goes wrong on one connection is its peer's affair.
  private func answer(_ connection: Connection) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await connection.executeThenClose { inbound, outbound in
          try await answer(inbound, outbound)
        }
      }
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
    }
  }

  private func answer(
    _ inbound: NIOAsyncChannelInboundStream<HTTPServerRequestPart>,
    _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    var parts = inbound.makeAsyncIterator()
    guard case .head(let request) = try await parts.next() else { return }
    let answer = await board.answer(HealthRequest(request, isLoopback: address.isLoopback))
    try await outbound.write(.head(answer.head))
    if request.method != .HEAD {
      try await outbound.write(.body(.byteBuffer(ByteBuffer(string: answer.body))))
    }
    try await outbound.write(.end(nil))
    outbound.finish()
    // Until the peer has closed as well: closing with bytes unread would reset the connection, and
    // the answer with it.
    while try await parts.next() != nil {}
  }
}
