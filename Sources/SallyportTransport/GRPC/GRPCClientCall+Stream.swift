import GRPCCore
import NIOCore

extension GRPCClientCall {
  typealias Inbound = RPCAsyncSequence<RPCResponsePart<TransportBytes>, any Error>
  typealias Outbound = RPCWriter<RPCRequestPart<TransportBytes>>.Closable

  var rpcStream: RPCStream<Inbound, Outbound> {
    RPCStream(
      descriptor: descriptor,
      inbound: RPCAsyncSequence(wrapping: Parts(call: self)),
      outbound: RPCWriter.Closable(wrapping: Writer(call: self)))
  }

  /// The response, part by part; taking a part opens the server's window.
  struct Parts: AsyncSequence, Sendable {
    typealias Element = RPCResponsePart<TransportBytes>
    typealias Failure = any Error
    let call: GRPCClientCall

    func makeAsyncIterator() -> Iterator { Iterator(call: call) }

    struct Iterator: AsyncIteratorProtocol {
      let call: GRPCClientCall

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

  /// The request; waits while the server's window keeps too much queued.
  struct Writer: ClosableRPCWriterProtocol {
    typealias Element = RPCRequestPart<TransportBytes>
    let call: GRPCClientCall

    func write(_ element: Element) async throws {
      try push(element)
      try await call.outbound.waitForRoom()
    }

    func write(contentsOf elements: some Sequence<Element>) async throws {
      for element in elements { try push(element) }
      try await call.outbound.waitForRoom()
    }

    func finish() async { try? push(.end) }

    func finish(throwing error: any Error) async {
      call.abort(
        error as? RPCError ?? RPCError(code: .cancelled, message: "the request was abandoned"))
    }

    private func push(_ part: Element) throws {
      switch part {
      case .metadata(let metadata):
        try push(
          .open(
            GRPCHeaders.request(
              call.descriptor, authority: call.authority, metadata: metadata)))
      case .message(let bytes):
        try push(.message(bytes), bytes: TransportBytes.prefixLength + bytes.count)
      }
    }

    private func push(_ item: Item, bytes: Int = 0) throws {
      guard try call.outbound.push(item, bytes: bytes) else { return }
      call.connection.eventLoop.execute { [call] in call.drain() }
    }
  }
}
