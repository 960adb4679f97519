import HTTPTypes
import NIOCore
import SallyportRelay

/// Sends one response inside a sealed channel.
struct Responder: SealedResponder {
  let exchange: Exchange

  func start(_ response: HTTPResponse) async throws {
    try exchange.send(.head(HTTPCoding.headerFields(response), endStream: false))
  }

  func write(_ piece: ByteBuffer) async throws {
    try exchange.send(.data(piece))
    try await exchange.outbound.waitForRoom()
  }

  func finish() async throws { try exchange.send(.end) }
}
