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

  private struct State {
    var isCancelled = false
    var handle: ServerContext.RPCCancellationHandle?
    /// The call goes on without its handler, until it is ended.
    var isLasting = false
    var isEnded = false
    var whenLeft: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  init(_ descriptor: MethodDescriptor, stream: LoopReference<GRPCServerStream>) {
    self.descriptor = descriptor
    self.stream = stream
  }

  /// Task side: from here on `cancel()` reaches the handler.
  func attach(_ handle: ServerContext.RPCCancellationHandle) {
    let isCancelled = state.withLock { state in
      state.handle = handle
      return state.isCancelled
    }
    if isCancelled { handle.cancel() }
  }

  /// From any thread: tells the handler, or whoever goes on without it, that nobody waits for it any more.
  func cancel() {
    let (handle, whenLeft) = state.withLock { state in
      state.isCancelled = true
      defer { state.whenLeft = nil }
      return (state.handle, state.whenLeft)
    }
    handle?.cancel()
    whenLeft?()
  }

  // MARK: Without a handler

  var isLasting: Bool { state.withLock { $0.isLasting } }

  func outlastHandler(whenLeft: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      state.isLasting = true
      if !state.isCancelled { state.whenLeft = whenLeft }
      return state.isCancelled
    }
    if isCancelled { whenLeft() }
  }

  /// - Returns: Whether the call outlasts it.
  func handlerReturned() -> Bool {
    state.withLock { state in
      state.handle = nil
      return state.isLasting
    }
  }

  /// - Returns: False where it had been said before.
  func noteEnd() -> Bool {
    state.withLock { state in
      defer { state.isEnded = true }
      state.whenLeft = nil
      return !state.isEnded
    }
  }
}
