import Glibc
import Logging
import NIOCore
import NIOPosix
import SallyportGateway
import ServiceLifecycle

/// Keeps the lines to the process before this one and to the one after it: what changes a job here
/// is told there, and the other way round. The first of the services, so that it is the last to end.
final class SuccessionLine: Service, CustomStringConvertible {
  enum Event: Sendable { case ready, released, ended }

  private struct Line: Sendable {
    let descriptor: CInt
    let messages: AsyncStream<SuccessionMessage>
    let onEvent: @Sendable (Event) -> Void
  }

  private let gateway: Gateway
  private let logger: Logger
  /// Two at most: one process before, one after.
  private let lines: AsyncStream<Line>
  private let source: AsyncStream<Line>.Continuation

  init(gateway: Gateway, logger: Logger) {
    self.gateway = gateway
    self.logger = logger
    (lines, source) = AsyncStream.makeStream()
  }

  var description: String { "succession" }

  /// - Parameter descriptor: A connected socket, which is owned by this from now on.
  func add(_ descriptor: CInt, onEvent: @escaping @Sendable (Event) -> Void = { _ in }) {
    let line = Line(
      descriptor: descriptor, messages: gateway.succession.messages(), onEvent: onEvent)
    if case .terminated = source.yield(line) {
      close(descriptor)
      onEvent(.ended)
    }
  }

  func run() async throws {
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        for await line in lines { group.addTask { await self.converse(line) } }
        group.cancelAll()
      }
    } onGracefulShutdown: {
      self.source.finish()
    }
  }

  private func converse(_ line: Line) async {
    do {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .withConnectedSocket(line.descriptor) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
          }
        }
      try await channel.executeThenClose { inbound, outbound in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await self.listen(inbound, line) }
          group.addTask {
            for await message in line.messages {
              try await outbound.write(ByteBuffer(string: message.line + "\n"))
            }
          }
          defer { group.cancelAll() }
          try await group.next()
        }
      }
    } catch {
      logger.debug("the line to the other process ended", metadata: ["error": "\(error)"])
    }
    line.onEvent(.ended)
    // What was under way when it ended is not known.
    do {
      try await gateway.lookAgain()
    } catch {
      logger.warning(
        "the changes of the other process could not be looked for", metadata: ["error": "\(error)"])
    }
  }

  private func listen(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ line: Line
  ) async throws {
    var lines = SuccessionLines()
    for try await bytes in inbound {
      // A job whose log grows fast is one change, not many.
      for message in Set(lines.receive(bytes.readableBytesView)) {
        switch message {
        case .ready: line.onEvent(.ready)
        case .released: line.onEvent(.released)
        case .changed: break
        }
        do {
          try await gateway.heard(message)
        } catch {
          logger.warning(
            "a change made by the other process was not looked at",
            metadata: ["error": "\(error)"])
        }
      }
    }
  }
}
