import HTTPTypes
import SallyportCore
import SallyportRelay

/// The worker's end of a sealed channel.
struct DialedChannel: SealedChannel {
  let peer: PeerIdentity
  let sealed: SealedConnection

  func withExchange<Result: Sendable>(
    _ request: HTTPRequest, requestBody: SealedBody?,
    _ body: (HTTPResponse, SealedBody) async throws -> Result
  ) async throws -> Result {
    let exchange = Exchange(sealed)
    return try await withTaskCancellationHandler {
      defer {
        exchange.abort(RelayError(code: .cancelled, message: "the request is over"))
      }
      return try await run(exchange, request, requestBody, body)
    } onCancel: {
      exchange.abort(RelayError(code: .cancelled, message: "the request was cancelled"))
    }
  }

  private func run<Result: Sendable>(
    _ exchange: Exchange, _ request: HTTPRequest, _ requestBody: SealedBody?,
    _ body: (HTTPResponse, SealedBody) async throws -> Result
  ) async throws -> Result {
    let head = HTTPCoding.headerFields(request)
    try exchange.send(.head(head, endStream: requestBody == nil))
    guard let requestBody else {
      return try await body(response(of: exchange), exchange.body)
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await exchange.send(requestBody)
        } catch {
          // Where the far end has answered and wants no more, this changes nothing.
          exchange.abort(error)
        }
      }
      let result = try await body(response(of: exchange), exchange.body)
      group.cancelAll()
      return result
    }
  }

  private func response(of exchange: Exchange) async throws -> HTTPResponse {
    guard let response = await exchange.response.wait() else {
      throw RelayError(code: .cancelled, message: "the request was cancelled")
    }
    return try response.get()
  }
}
