internal import CLibGit2
internal import SallyportCore
internal import Synchronization

/// What one checkout's libgit2 thread shares with the tasks that carry its requests.
final class FetchSession: Sendable {
  /// One request under way.
  struct Exchange: Sendable {
    let request: GitSmartRequest
    let response: GitResponseSink
  }

  private struct State {
    var isCancelled = false
    var isDisconnected = false
    var open: GitResponseSink?
    var failure: (any Error)?
    var sawEnd = false
    var receivedBytes: UInt64 = 0
    var lastProgress = ContinuousClock.now
  }

  let repository: RepositoryName
  let limits: GitLimits
  /// The requests, in order. libgit2 opens the next one only when it is done with the last.
  let exchanges: AsyncStream<Exchange>

  private let continuation: AsyncStream<Exchange>.Continuation
  private let progress: @Sendable (GitProgress) -> Void
  private let state = Mutex(State())

  init(
    repository: RepositoryName, limits: GitLimits,
    progress: @escaping @Sendable (GitProgress) -> Void
  ) {
    self.repository = repository
    self.limits = limits
    self.progress = progress
    (exchanges, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(4))
  }

  // MARK: - Called by libgit2's thread

  func begin(_ operation: GitSmartRequest.Operation) throws(GitError) -> GitResponseSink {
    let limit = operation == .advertisement ? limits.maximumAdvertisement : limits.maximumPack
    let response = GitResponseSink(capacity: limits.responseBuffer, limit: limit)
    let isOver = state.withLock { state in
      state.open = response
      return state.isCancelled || state.isDisconnected
    }
    let request = GitSmartRequest(repository: repository, operation: operation)
    guard !isOver,
      case .enqueued = continuation.yield(Exchange(request: request, response: response))
    else { throw GitError.cancelled }
    return response
  }

  func finish(_ response: GitResponseSink) {
    response.close()
    state.withLock { state in
      state.receivedBytes += response.receivedBytes
      if state.open === response { state.open = nil }
    }
  }

  /// libgit2 asks for more only where the protocol promises more, so that reaching the end of a
  /// response explains whatever fails next.
  func noteEnd() { state.withLock { $0.sawEnd = true } }

  func noteFailure(_ error: any Error) {
    state.withLock { $0.failure = $0.failure ?? error }
  }

  /// - Throws: ``GitError`` to abort: cancelled, or beyond a limit.
  func report(_ stats: git_indexer_progress) throws(GitError) {
    try checkCancellation()
    guard stats.total_objects <= limits.maximumObjects else {
      throw GitError(
        code: .limitExceeded,
        message: "the pack has \(stats.total_objects) objects, "
          + "at most \(limits.maximumObjects) are allowed")
    }
    guard isProgressDue() else { return }
    progress(
      .fetching(
        objects: Int(stats.received_objects), of: Int(stats.total_objects),
        bytes: UInt64(stats.received_bytes)))
  }

  func reportCheckout(files: Int, of total: Int) {
    if isProgressDue() { progress(.checkingOut(entries: files, of: total)) }
  }

  private func isProgressDue() -> Bool {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard now - state.lastProgress >= limits.progressInterval else { return false }
      state.lastProgress = now
      return true
    }
  }

  func checkCancellation() throws(GitError) {
    if state.withLock({ $0.isCancelled }) { throw GitError.cancelled }
  }

  /// Bytes of all responses so far.
  var receivedBytes: UInt64 {
    state.withLock { $0.receivedBytes + ($0.open?.receivedBytes ?? 0) }
  }

  /// The reason behind an error that libgit2 reported, where this side knows it better.
  func explain(_ error: GitError) -> GitError {
    // Says more than the answer from which it was found out.
    guard error.code != .commitNotFound else { return error }
    let (failure, sawEnd) = state.withLock { ($0.failure, $0.sawEnd) }
    switch failure {
    case let failure as GitError: return failure
    case is CancellationError: return .cancelled
    case let failure?:
      return GitError(
        code: .exchangeFailed, message: "fetching '\(repository)' failed: \(failure)",
        cause: failure)
    case nil:
      guard sawEnd, error.code == .protocolViolation || error.code == .mirrorBroken else {
        return error
      }
      return GitError(
        code: .truncated, message: "the Git server's response ended too early (\(error.message))",
        cause: error)
    }
  }

  // MARK: - Called by tasks

  func cancel() {
    let open = state.withLock { state in
      state.isCancelled = true
      return state.open
    }
    open?.end(with: GitError.cancelled)
  }

  /// The connection has ended; what waits for an answer will not get one.
  func disconnect(because error: any Error) {
    let open = state.withLock { state in
      state.isDisconnected = true
      state.failure = state.failure ?? error
      return state.open
    }
    open?.end(with: error)
  }

  /// No more requests will come.
  func complete() { continuation.finish() }
}
