internal import Logging

/// One checkout, step by step, on its own thread.
struct CheckoutOperation: Sendable {
  let directory: String
  let request: GitCheckout.Request
  let session: FetchSession
  let logger: Logger
  let reportWaiting: @Sendable () -> Void

  func run() throws(GitError) -> GitCheckout.Result {
    try LibGit2.require(session.limits)
    try FileTree.makeDirectory(directory)
    defer { trimCache() }
    let mirror = try GitMirror(
      directory: directory, pool: request.pool, repository: request.repository)
    do {
      return try attempt(mirror)
    } catch {
      guard error.code == .mirrorBroken else { throw error }
      logger.warning(
        "mirror is damaged, fetching it anew",
        metadata: ["repository": "\(request.repository)", "reason": "\(error)"])
      try withLock(of: mirror) { () throws(GitError) in try mirror.discard() }
      try emptyWorkspace()
      return try attempt(mirror)
    }
  }

  private func attempt(_ mirror: GitMirror) throws(GitError) -> GitCheckout.Result {
    let workspace = GitWorkspace(path: request.workspace)
    var isFresh = false
    do {
      let outcome = try withLock(of: mirror) { () throws(GitError) in
        isFresh = !FileTree.exists(mirror.path)
        let repository = try mirror.open(maximumPacks: session.limits.maximumPacks)
        try CancellationGate.install(in: repository, for: session)
        let outcome = try MirrorFetch(session: session).run(request.revision, in: repository)
        try workspace.create(from: mirror, outcome, session: session)
        return outcome
      }
      try workspace.checkOut(outcome, session: session)
      return GitCheckout.Result(
        commit: outcome.commit, reference: outcome.reference?.name,
        receivedObjects: outcome.receivedObjects, receivedBytes: session.receivedBytes)
    } catch {
      let error = session.explain(error)
      guard isFresh, error.code == .mirrorBroken else { throw error }
      // Nothing was there before: what is broken is what the server sent.
      throw GitError(code: .protocolViolation, message: error.message, cause: error.cause)
    }
  }

  private func withLock<Value>(
    of mirror: GitMirror, _ body: () throws(GitError) -> Value
  ) throws(GitError) -> Value {
    var reported = false
    let lock = try FileLock(path: mirror.lockPath) {
      () throws(GitError) in
      if !reported { reportWaiting() }
      reported = true
      try session.checkCancellation()
    }
    let result = try body()
    _ = consume lock
    return result
  }

  private func trimCache() {
    do {
      try MirrorCache(directory: directory, maximum: session.limits.maximumCache).trim()
    } catch {
      logger.warning("old mirrors not removed", metadata: ["reason": "\(error)"])
    }
  }

  private func emptyWorkspace() throws(GitError) {
    for name in try FileTree.names(in: request.workspace) {
      try FileTree.remove("\(request.workspace)/\(name)")
    }
  }
}
