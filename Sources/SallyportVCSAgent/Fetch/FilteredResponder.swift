internal import HTTPTypes
internal import NIOCore
internal import SallyportGitProtocol
internal import SallyportRelay
internal import Synchronization

/// A responder that gives out only what of a Git server's answer may go to the worker.
///
/// The head goes out with the first of it: until then an answer that turns out to be none can still
/// be replaced.
final class FilteredResponder: SealedResponder {
  private struct State {
    var filter = AnswerFilter.passing
    /// Waits for the first bytes.
    var head: HTTPResponse?
    var isPassing = false
  }

  private let base: any SealedResponder
  private let shown: ShownOnChannel
  private let makeFilter: @Sendable () async -> AnswerFilter
  private let state = Mutex(State())

  /// - Parameter makeFilter: Called once the server has begun to answer.
  init(
    _ base: any SealedResponder, shown: ShownOnChannel,
    makeFilter: @escaping @Sendable () async -> AnswerFilter
  ) {
    self.base = base
    self.shown = shown
    self.makeFilter = makeFilter
  }

  /// Refs that went on, and those that did not; nil where the answer has none.
  var refs: RefCount? { state.withLock { $0.filter.refs } }

  func start(_ response: HTTPResponse) async throws {
    let filter = await makeFilter()
    state.withLock { state in
      state.filter = filter
      state.head = response
    }
  }

  /// - Throws: `InvalidAnswer`, and what the base throws.
  func write(_ piece: ByteBuffer) async throws {
    guard !state.withLock({ $0.isPassing }) else { return try await base.write(piece) }
    let output = try filter(piece)
    guard output.readableBytes > 0 else { return }
    try await startIfNeeded()
    try await base.write(output)
  }

  /// - Throws: `InvalidAnswer` where the server's answer is not complete, and what the base throws.
  func finish() async throws {
    try state.withLock { try $0.filter.finish() }
    try await startIfNeeded()
    try await base.finish()
  }

  private func filter(_ piece: ByteBuffer) throws(InvalidAnswer) -> ByteBuffer {
    try state.withLock { state throws(InvalidAnswer) in
      let isPassing = state.filter.isPassing
      defer { state.isPassing = state.head == nil && state.filter.isPassing }
      if isPassing { return piece }
      let bytes = Array(piece.readableBytesView)
      let output = try shown.objects.withLock { shown throws(InvalidAnswer) in
        try state.filter.receive(bytes, showing: &shown)
      }
      return ByteBuffer(bytes: output)
    }
  }

  private func startIfNeeded() async throws {
    let head = state.withLock { state in
      defer { state.head = nil }
      return state.head
    }
    if let head { try await base.start(head) }
  }
}
