import GRPCCore
import SallyportRelay

/// Does for the in-process transport what the real one does: says whose connection a call is on.
struct PeerInjector: ServerInterceptor {
  let peer: PeerContext?

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next:
      @concurrent @Sendable (
        _ request: StreamingServerRequest<Input>, _ context: ServerContext
      ) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    var context = context
    context.transportSpecific = peer
    return try await next(request, context)
  }
}
