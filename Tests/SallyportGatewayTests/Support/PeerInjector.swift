import GRPCCore
import SallyportRelay

/// Does for the in-process transport what the real one does: says whose connection a call is on, and lets
/// it outlast its handler.
struct PeerInjector: ServerInterceptor {
  let peer: PeerContext?

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next:
      @concurrent @Sendable (
        _ request: StreamingServerRequest<Input>, _ context: ServerContext
      ) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    guard let peer else { return try await next(request, context) }
    let call = CallDouble<Input, Output>()
    var context = context
    context.transportSpecific = CallContext(connection: peer, call: call)
    var response = try await next(request, context)
    guard case .success(var contents) = response.accepted else { return response }
    let producer = contents.producer
    contents.producer = { writer in
      let trailers = try await producer(writer)
      guard call.isLasting else { return trailers }
      try await withRPCCancellationHandler {
        try await call.serve(request.messages) { try await writer.write($0) }
      } onCancelRPC: {
        call.leave()
      }
      return trailers
    }
    response.accepted = .success(contents)
    return response
  }
}
