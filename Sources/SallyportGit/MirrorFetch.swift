internal import CLibGit2
internal import SallyportCore

/// One fetch into a mirror: asks the server what it has, takes what the job names, and nothing
/// else.
struct MirrorFetch {
  /// What was found.
  struct Outcome: Sendable {
    let commit: GitObjectID
    /// The reference that led to the commit, with its target; nil where the commit was fetched by
    /// its id.
    let reference: (name: String, target: GitObjectID)?
    let receivedObjects: Int
  }

  let session: FetchSession

  /// The server is always asked, also where the mirror already has everything: its answer is what
  /// says that the repository may be read, and where the ref is now.
  func run(
    _ revision: GitRevision, in repository: borrowing GitHandle
  ) throws(GitError) -> Outcome {
    let url = "sallyport:///\(session.repository)"
    let pointer = repository.pointer
    var createOptions = git_remote_create_options()
    git_remote_create_options_init(&createOptions, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION))
    createOptions.repository = pointer
    createOptions.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue
    let remote = try GitHandle("prepare the fetch", release: git_remote_free) {
      git_remote_create_with_opts(&$0, url, &createOptions)
    }
    try connect(remote)
    let refs = try RemoteRefs(of: remote)
    guard let reference = try choose(revision, from: refs) else {
      return try runByID(revision, refs, through: remote, in: pointer)
    }
    let objects = try download("+\(reference.name):\(reference.name)", through: remote)
    try record(reference.name, reference.target, in: pointer)
    let commit = try verify(revision, reference: reference, in: pointer)
    return Outcome(commit: commit, reference: reference, receivedObjects: objects)
  }

  /// Takes a commit that no reference names now: from the mirror where it belongs to the history
  /// of a reference that the server still advertises, else from a server that serves commits by
  /// their id.
  private func runByID(
    _ revision: GitRevision, _ refs: RemoteRefs, through remote: borrowing GitHandle,
    in repository: OpaquePointer
  ) throws(GitError) -> Outcome {
    guard let commit = revision.commit else {
      throw GitError(code: .refNotFound, message: "\(revision) names nothing")
    }
    if try isKnown(commit, below: refs, in: repository) {
      return Outcome(
        commit: try peel(commit, in: repository), reference: nil, receivedObjects: 0)
    }
    do {
      let objects = try download("\(commit):refs/sallyport/\(commit)", through: remote)
      let found = try peel(commit, in: repository)
      try record("refs/sallyport/\(commit)", commit, in: repository)
      return Outcome(commit: found, reference: nil, receivedObjects: objects)
    } catch {
      let explained = session.explain(error)
      guard [.library, .protocolViolation, .refusedByServer].contains(explained.code) else {
        throw explained
      }
      throw GitError(
        code: .commitNotFound,
        message: "commit \(commit) is not available in repository '\(session.repository)': "
          + "it does not exist, or the server serves no commits by id; name a ref that contains it",
        cause: error)
    }
  }

  private func connect(_ remote: borrowing GitHandle) throws(GitError) {
    var options = git_remote_connect_options()
    git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION))
    options.callbacks = callbacks()
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    let pointer = remote.pointer
    try GitError.check(during: "ask for the references of '\(session.repository)'") {
      git_remote_connect_ext(pointer, GIT_DIRECTION_FETCH, &options)
    }
  }

  private typealias Reference = (name: String, target: GitObjectID)

  private func choose(
    _ revision: GitRevision, from refs: RemoteRefs
  ) throws(GitError) -> Reference? {
    if let ref = revision.ref {
      if let name = refs.resolve(ref), let target = refs.targets[name] { return (name, target) }
      throw GitError(
        code: .refNotFound,
        message: "ref '\(ref)' does not exist in repository '\(session.repository)'")
    }
    guard let commit = revision.commit, let name = refs.name(of: commit),
      let target = refs.targets[name]
    else { return nil }
    return (name, target)
  }

  private func download(
    _ specification: String, through remote: borrowing GitHandle
  ) throws(GitError) -> Int {
    var options = git_fetch_options()
    git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
    options.callbacks = callbacks()
    options.prune = GIT_FETCH_NO_PRUNE
    options.update_fetchhead = 0
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
    let pointer = remote.pointer
    let result = specification.withCString { text in
      var strings: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: text)]
      return strings.withUnsafeMutableBufferPointer { buffer in
        var list = git_strarray(strings: buffer.baseAddress, count: 1)
        return git_remote_download(pointer, &list, &options)
      }
    }
    guard result >= 0 else {
      let error = GitError.last(result, during: "fetch from '\(session.repository)'")
      // The library has no code of its own for this.
      guard error.message.contains("overly large object") else { throw error }
      throw GitError(
        code: .limitExceeded,
        message: "an object of '\(session.repository)' has more than "
          + "\(session.limits.maximumObject) bytes",
        cause: error)
    }
    return git_remote_stats(pointer).map { Int($0.pointee.received_objects) } ?? 0
  }

  /// Remembers what was fetched, so that the next fetch offers it as known.
  private func record(
    _ name: String, _ target: GitObjectID, in repository: OpaquePointer
  ) throws(GitError) {
    var oid = target.oid
    var reference: OpaquePointer?
    defer { git_reference_free(reference) }
    // A reference may have become a directory of references, or the reverse.
    if git_reference_create(&reference, repository, name, &oid, 1, nil) < 0 {
      git_reference_free(reference)
      reference = nil
      try GitError.check(during: "record \(name) in the mirror") {
        git_reference_create(
          &reference, repository, "refs/sallyport/\(target)", &oid, 1, nil)
      }
    }
  }

  /// The commit to check out, which is present, is a commit, and is the one that was asked for.
  private func verify(
    _ revision: GitRevision, reference: Reference, in repository: OpaquePointer
  ) throws(GitError) -> GitObjectID {
    let tip = try peel(reference.target, in: repository)
    guard let commit = revision.commit, commit != tip else { return tip }
    if try isReachable(commit, from: [tip], in: repository) { return commit }
    throw GitError(
      code: .commitNotInRef,
      message: "commit \(commit) is not part of \(revision.ref.map { "ref '\($0)'" } ?? "it") "
        + "in repository '\(session.repository)'")
  }

  private func peel(_ id: GitObjectID, in repository: OpaquePointer) throws(GitError) -> GitObjectID
  {
    var oid = id.oid
    let object = try GitHandle("read \(id)", release: git_object_free) {
      git_object_lookup(&$0, repository, &oid, GIT_OBJECT_ANY)
    }
    let pointer = object.pointer
    let commit = try GitHandle("find a commit behind \(id)", release: git_object_free) {
      git_object_peel(&$0, pointer, GIT_OBJECT_COMMIT)
    }
    guard let found = git_object_id(commit.pointer) else {
      throw GitError(code: .commitNotFound, message: "\(id) names no commit")
    }
    return GitObjectID(found.pointee)
  }

  private func isKnown(
    _ commit: GitObjectID, below refs: RemoteRefs, in repository: OpaquePointer
  ) throws(GitError) -> Bool {
    var odb: OpaquePointer?
    defer { git_odb_free(odb) }
    try GitError.check(during: "open the mirror's objects") {
      git_repository_odb(&odb, repository)
    }
    let tips = Set(refs.targets.values).union(refs.peeled.values).filter { id in
      var (oid, length, type) = (id.oid, 0, GIT_OBJECT_INVALID)
      return git_odb_exists(odb, &oid) == 1
        && git_odb_read_header(&length, &type, odb, &oid) == 0 && type == GIT_OBJECT_COMMIT
    }
    return try isReachable(commit, from: Array(tips), in: repository)
  }

  private func isReachable(
    _ commit: GitObjectID, from tips: [GitObjectID], in repository: OpaquePointer
  ) throws(GitError) -> Bool {
    guard !tips.isEmpty else { return false }
    guard !tips.contains(commit) else { return true }
    var oid = commit.oid
    guard let present = try? peel(commit, in: repository), present == commit else { return false }
    let oids = tips.map(\.oid)
    let result = git_graph_reachable_from_any(repository, &oid, oids, oids.count)
    guard result >= 0 else {
      throw GitError.last(result, during: "search the history for \(commit)")
    }
    return result == 1
  }

  private func callbacks() -> git_remote_callbacks {
    var callbacks = git_remote_callbacks()
    git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
    callbacks.transport = SmartSubtransport.makeTransport
    callbacks.transfer_progress = { stats, payload in
      guard let stats, let session = CallbackContext.session(at: payload) else { return -1 }
      do {
        try session.report(stats.pointee)
        return 0
      } catch {
        session.noteFailure(error)
        return -1
      }
    }
    callbacks.payload = CallbackContext.pointer(to: session)
    return callbacks
  }
}
