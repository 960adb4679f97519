import GRPCCore
import NIOCore
import SallyportCore
import SallyportHTTP2
import Synchronization

/// What one outgoing call's tasks and its stream on the event loop share.
final class GRPCClientCall: Sendable {
  /// What the caller's side sends.
  enum Item: Sendable {
    case open([HeaderField])
    case message(TransportBytes)
    case end
  }

  let descriptor: MethodDescriptor
  let authority: String
  let messageLimit: Int
  let connection: LoopReference<SecureConnection>
  let inbound = InboundQueue<RPCResponsePart<TransportBytes>>()
  let outbound = OutboundQueue<Item>()
  /// Set once the stream is open.
  let stream: LoopReference<GRPCClientStream>
  /// The stream is gone: spares calls that end well a last message to the loop.
  let isOver = Atomic<Bool>(false)

  init(
    _ descriptor: MethodDescriptor, authority: String,
    connection: LoopReference<SecureConnection>, messageLimit: Int
  ) {
    self.descriptor = descriptor
    self.authority = authority
    self.connection = connection
    self.messageLimit = messageLimit
    self.stream = LoopReference(eventLoop: connection.eventLoop)
  }

  /// The caller does not want the call any more.
  func cancel() {
    abort(RPCError(code: .cancelled, message: "the call was cancelled"))
  }

  /// The caller is done with the call; a stream that has not ended is reset.
  func end() {
    guard !isOver.load(ordering: .acquiring) else { return }
    abort(RPCError(code: .cancelled, message: "the call is over"))
  }

  func abort(_ error: RPCError) {
    connection.eventLoop.execute { [self] in
      inbound.finish(throwing: error)
      outbound.close(throwing: error)
      stream.value?.cancel()
    }
  }

  /// On the loop: sends what has been queued, opening the stream first.
  func drain() {
    if let open = stream.value {
      open.send(outbound.drain())
    } else {
      start(outbound.drain())
    }
  }

  private func start(_ items: [Item]) {
    guard case .open(let fields)? = items.first else { return }
    guard let connection = connection.value else {
      let message = "the connection was lost"
      return fail(
        RPCError(code: .unavailable, message: message, cause: CallNotSent(message)))
    }
    do {
      let stream = try GRPCClientStream(call: self, connection: connection, fields)
      self.stream.value = stream
      stream.send(items.dropFirst())
    } catch {
      fail(RPCError(notSent: error))
    }
  }

  private func fail(_ error: RPCError) {
    inbound.finish(throwing: error)
    outbound.close(throwing: error)
  }
}
