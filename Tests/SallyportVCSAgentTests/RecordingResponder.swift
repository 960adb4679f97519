import HTTPTypes
import NIOCore
import SallyportRelay
import Synchronization

/// Takes one response.
final class RecordingResponder: SealedResponder {
  struct Recorded: Sendable {
    var head: HTTPResponse?
    var body: [UInt8] = []
    var isFinished = false
  }

  private let state = Mutex(Recorded())
  private let onWrite: @Sendable (ByteBuffer) async throws -> Void

  init(onWrite: @escaping @Sendable (ByteBuffer) async throws -> Void = { _ in }) {
    self.onWrite = onWrite
  }

  var recorded: Recorded { state.withLock { $0 } }
  var status: Int? { recorded.head?.status.code }
  var text: String { String(decoding: recorded.body, as: UTF8.self) }

  func start(_ response: HTTPResponse) async throws { state.withLock { $0.head = response } }

  func write(_ piece: ByteBuffer) async throws {
    try await onWrite(piece)
    state.withLock { $0.body.append(contentsOf: piece.readableBytesView) }
  }

  func finish() async throws { state.withLock { $0.isFinished = true } }
}
