import HTTPTypes
import NIOCore
import SallyportRelay
import SallyportTransportTestSupport

extension HTTPRequest {
  static let fetch = HTTPRequest(
    method: .get, scheme: "https", authority: "agent", path: "/repo.git/info/refs")
  static let upload = HTTPRequest(
    method: .post, scheme: "https", authority: "agent", path: "/repo.git/git-upload-pack",
    headerFields: [.contentType: "application/x-git"])
}

extension SealedChannel {
  /// - Returns: Bytes of the response's body.
  func count(_ request: HTTPRequest = .fetch, body: SealedBody? = nil) async throws -> Int {
    try await withExchange(request, requestBody: body) { response, body in
      guard response.status == .ok else { throw TestFailure("status \(response.status)") }
      var count = 0
      for try await piece in body { count += piece.readableBytes }
      return count
    }
  }
}

/// A body of `count` pieces of `size` bytes.
func pieces(_ count: Int, of size: Int) -> SealedBody {
  AsyncThrowingStream<ByteBuffer, any Error> { continuation in
    for index in 0..<count {
      continuation.yield(ByteBuffer(repeating: UInt8(truncatingIfNeeded: index), count: size))
    }
    continuation.finish()
  }
}
