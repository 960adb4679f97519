import GRPCCore

extension GRPCServerCall {
  typealias Inbound = RPCAsyncSequence<RPCRequestPart<TransportBytes>, any Error>
  typealias Outbound = RPCWriter<RPCResponsePart<TransportBytes>>.Closable

  var rpcStream: RPCStream<Inbound, Outbound> {
    RPCStream(
      descriptor: descriptor,
      inbound: RPCAsyncSequence(wrapping: Parts(call: self)),
      outbound: RPCWriter.Closable(wrapping: Writer(call: self)))
  }

  /// The request, part by part; taking a part opens the caller's window.
  struct Parts: AsyncSequence, Sendable {
    typealias Element = RPCRequestPart<TransportBytes>
    typealias Failure = any Error
    let call: GRPCServerCall

    func makeAsyncIterator() -> Iterator { Iterator(call: call) }

    struct Iterator: AsyncIteratorProtocol {
      let call: GRPCServerCall

      mutating func next() async throws -> Element? { try await next(isolation: nil) }

      mutating func next(
        isolation actor: isolated (any Actor)?
      ) async throws(any Error) -> Element? {
        try await call.inbound.next { [stream = call.stream] demand in
          stream.run { $0.demanded(demand) }
        }
      }
    }
  }

  /// The response; waits while the caller's window keeps too much queued.
  struct Writer: ClosableRPCWriterProtocol {
    typealias Element = RPCResponsePart<TransportBytes>
    let call: GRPCServerCall

    func write(_ element: Element) async throws {
      try push(element)
      try await call.outbound.waitForRoom()
    }

    func write(contentsOf elements: some Sequence<Element>) async throws {
      for element in elements { try push(element) }
      try await call.outbound.waitForRoom()
    }

    // The handler's end is not the call's where that goes on without it.

    func finish() async {
      send(.finish(Status(code: .unknown, message: "the handler ended without a status")))
    }

    func finish(throwing error: any Error) async {
      let error = error as? RPCError ?? RPCError(code: .unknown, message: "the handler failed")
      send(.finish(Status(code: Status.Code(error.code), message: error.message)))
    }

    private func push(_ part: Element) throws {
      switch part {
      case .metadata(let metadata):
        try call.push(.metadata(GRPCHeaders.response(metadata)))
      case .message(let bytes):
        try call.push(bytes)
      case .status(let status, let metadata):
        guard !call.isLasting else { return }
        try call.push(.status(GRPCHeaders.trailers(status, metadata)))
      }
    }

    /// A stream that is gone needs no end.
    private func send(_ item: Item) {
      guard !call.isLasting else { return }
      try? call.push(item)
    }
  }

  func push(_ message: TransportBytes) throws {
    try push(.message(message), bytes: TransportBytes.prefixLength + message.count)
  }

  func push(_ item: Item, bytes: Int = 0) throws {
    if try outbound.push(item, bytes: bytes) { stream.run { $0.drain() } }
  }

  /// Nothing follows, and who waits to send more waits no longer. A stream that is gone needs no end.
  func pushLast(_ item: Item) {
    let error = RPCError(code: .cancelled, message: "the call is over")
    if outbound.pushLast(item, throwing: error) { stream.run { $0.drain() } }
  }
}
