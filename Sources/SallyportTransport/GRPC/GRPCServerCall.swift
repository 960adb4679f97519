import GRPCCore
import SallyportHTTP2
import Synchronization

/// What one call's task and its stream on the event loop share.
final class GRPCServerCall: Sendable {
  /// What the handler's side sends.
  enum Item: Sendable {
    case metadata([HeaderField])
    case message(TransportBytes)
    case status([HeaderField])
    /// The handler is done; where it sent no status, this one is sent.
    case finish(Status)
  }

  let descriptor: MethodDescriptor
  let inbound = InboundQueue<RPCRequestPart<TransportBytes>>()
  let outbound = OutboundQueue<Item>()
  let stream: LoopReference<GRPCServerStream>

  private struct Cancellation {
    var handle: ServerContext.RPCCancellationHandle?
    var isCancelled = false
  }

  private let cancellation = Mutex(Cancellation())

  init(_ descriptor: MethodDescriptor, stream: LoopReference<GRPCServerStream>) {
    self.descriptor = descriptor
    self.stream = stream
  }

  /// Task side: from here on `cancel()` reaches the handler.
  func attach(_ handle: ServerContext.RPCCancellationHandle) {
    let isCancelled = cancellation.withLock { state in
      state.handle = handle
      return state.isCancelled
    }
    if isCancelled { handle.cancel() }
  }

  /// From any thread: tells the handler that nobody waits for it any more.
  func cancel() {
    let handle = cancellation.withLock { state in
      state.isCancelled = true
      return state.handle
    }
    handle?.cancel()
  }
}
