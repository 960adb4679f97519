package import HTTPTypes
package import NIOCore
package import SallyportRelay
internal import Synchronization

/// A responder that remembers what was sent.
package final class MeteredResponder: SealedResponder {
  private struct State {
    var status: Int?
    var bytes: UInt64 = 0
    var isFinished = false
  }

  private let base: any SealedResponder
  private let state = Mutex(State())

  package init(_ base: any SealedResponder) { self.base = base }

  /// Nil until the response has been started.
  package var status: Int? { state.withLock { $0.status } }
  package var bytes: UInt64 { state.withLock { $0.bytes } }
  package var isFinished: Bool { state.withLock { $0.isFinished } }

  package func start(_ response: HTTPResponse) async throws {
    state.withLock { $0.status = response.status.code }
    try await base.start(response)
  }

  package func write(_ piece: ByteBuffer) async throws {
    try await base.write(piece)
    state.withLock { $0.bytes += UInt64(piece.readableBytes) }
  }

  package func finish() async throws {
    try await base.finish()
    state.withLock { $0.isFinished = true }
  }
}
