import GRPCCore
import SallyportRelay

/// A call as its handler sees it, where that wants to leave it (``LastingCall``).
struct HostedCall: LastingCall {
  let call: GRPCServerCall
  let work: LoopWork
  let calls: CallCounter

  func outlastHandler(whenLeft: @escaping @Sendable () -> Void) {
    call.outlastHandler(whenLeft: whenLeft)
  }

  func receive<Deserializer: MessageDeserializer>(
    _ deserializer: Deserializer,
    _ body: @escaping @Sendable (Result<Deserializer.Message?, any Error>) -> Void
  ) {
    call.inbound.take { [stream = call.stream] demand in
      stream.run { $0.demanded(demand) }
    } _: { result in
      body(
        Result {
          switch try result.get() {
          case .message(let bytes): try deserializer.deserialize(bytes)
          case .metadata:
            throw RPCError(code: .internalError, message: "a request has metadata once")
          case nil: nil
          }
        })
    }
  }

  func send<Serializer: MessageSerializer>(
    _ message: Serializer.Message, _ serializer: Serializer
  ) throws -> Bool {
    try call.push(try serializer.serialize(message) as TransportBytes)
    return call.outbound.hasRoom
  }

  func waitForRoom() async throws { try await call.outbound.waitForRoom() }

  func end(_ error: RPCError?) {
    guard call.noteEnd() else { return }
    let status = error.map { Status(code: Status.Code($0.code), message: $0.message) }
    call.pushLast(
      .status(
        GRPCHeaders.trailers(
          status ?? Status(code: .ok, message: ""), error?.metadata ?? Metadata())))
    calls.end()
    work.callEnded()
  }

  func run(_ body: @escaping @Sendable () -> Void) { work.executor.run(body) }

  func perform(_ body: @escaping @Sendable () async -> Void) { work.add(.errand(body)) }
}
