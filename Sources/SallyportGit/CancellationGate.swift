internal import CLibGit2

/// Lets a cancellation reach libgit2 where it offers no callback: while it writes the files of a
/// checkout and while it walks the history, which both read objects all the time.
///
/// It is an object database that is asked before all others: it has no object, and fails once the
/// checkout is cancelled.
enum CancellationGate {
  /// Above the priorities of libgit2's own backends, which are 1 and 2.
  private static let priority: Int32 = 1_000

  /// - Parameter session: To be kept alive for as long as the repository is open.
  static func install(
    in repository: borrowing GitHandle, for session: FetchSession
  ) throws(GitError) {
    let pointer = repository.pointer
    var database: OpaquePointer?
    defer { git_odb_free(database) }
    try GitError.check(during: "open the objects of a repository") {
      git_repository_odb(&database, pointer)
    }
    let backend = UnsafeMutablePointer<sallyport_odb_backend>.allocate(capacity: 1)
    backend.initialize(to: sallyport_odb_backend())
    backend.pointee.context = CallbackContext.pointer(to: session)
    backend.pointee.parent.version = UInt32(GIT_ODB_BACKEND_VERSION)
    backend.pointee.parent.read = { _, _, _, backend, _ in CancellationGate.pass(backend) }
    backend.pointee.parent.read_header = { _, _, backend, _ in CancellationGate.pass(backend) }
    backend.pointee.parent.free = { UnsafeMutableRawPointer($0)?.deallocate() }
    let parent = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: git_odb_backend.self)
    do {
      try GitError.check(during: "open the objects of a repository") {
        git_odb_add_backend(database, parent, priority)
      }
    } catch {
      backend.deallocate()
      throw error
    }
  }

  private static func pass(_ backend: UnsafeMutablePointer<git_odb_backend>?) -> Int32 {
    guard let backend else { return GIT_ENOTFOUND.rawValue }
    let own = UnsafeMutableRawPointer(backend)
      .assumingMemoryBound(to: sallyport_odb_backend.self)
    guard let session = CallbackContext.session(at: own.pointee.context) else {
      return GIT_ENOTFOUND.rawValue
    }
    do {
      try session.checkCancellation()
      return GIT_ENOTFOUND.rawValue
    } catch {
      session.noteFailure(error)
      git_error_set_str(Int32(GIT_ERROR_CALLBACK.rawValue), error.message)
      return GIT_EUSER.rawValue
    }
  }
}
