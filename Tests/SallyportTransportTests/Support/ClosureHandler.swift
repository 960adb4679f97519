import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay

/// The agent's answers, as a closure.
struct ClosureHandler: SealedHandler {
  let answer: @Sendable (HTTPRequest, SealedBody, any SealedResponder) async throws -> Void

  func handle(
    _ request: HTTPRequest, body: SealedBody, from peer: PeerIdentity,
    response: any SealedResponder
  ) async throws {
    try await answer(request, body, response)
  }

  /// Sends the request's body back.
  static let echo = ClosureHandler { request, body, response in
    try await response.start(
      HTTPResponse(
        status: .ok, headerFields: [.contentType: request.headerFields[.contentType] ?? "none"]))
    for try await piece in body { try await response.write(piece) }
    try await response.finish()
  }

  /// Answers with `count` bytes in pieces of 64 KiB, telling how many are written.
  static func sending(
    _ count: Int, written: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> ClosureHandler {
    ClosureHandler { _, _, response in
      try await response.start(HTTPResponse(status: .ok))
      var rest = count
      while rest > 0 {
        let size = min(rest, 64 * 1_024)
        try await response.write(ByteBuffer(repeating: 7, count: size))
        rest -= size
        written(count - rest)
      }
      try await response.finish()
    }
  }
}
