internal import CLibGit2

/// Counts what a tree would write, before anything is written.
///
/// Trees may share subtrees, so that a few kilobytes name more files than a disk holds ("git
/// bomb"), and may nest deeper than a recursive walk survives.
struct TreeSurvey {
  let limits: GitLimits

  func check(
    _ tree: borrowing GitHandle, in repository: borrowing GitHandle, session: FetchSession
  ) throws(GitError) {
    var odb: OpaquePointer?
    defer { git_odb_free(odb) }
    let repositoryPointer = repository.pointer
    try GitError.check(during: "open the objects of the workspace") {
      git_repository_odb(&odb, repositoryPointer)
    }
    let count = Count(limits: limits, odb: odb, session: session)
    let result = withExtendedLifetime(count) {
      git_tree_walk(
        tree.pointer, GIT_TREEWALK_PRE,
        { root, entry, payload in
          guard let payload else { return -1 }
          return Unmanaged<Count>.fromOpaque(payload).takeUnretainedValue().visit(root, entry)
        }, Unmanaged.passUnretained(count).toOpaque())
    }
    if let objection = count.objection { throw objection }
    guard result >= 0 else { throw GitError.last(result, during: "read the tree") }
  }

  /// Used on one thread.
  private final class Count {
    private let limits: GitLimits
    private let odb: OpaquePointer?
    private let session: FetchSession
    private var entries = 0
    private var bytes: UInt64 = 0
    private(set) var objection: GitError?

    init(limits: GitLimits, odb: OpaquePointer?, session: FetchSession) {
      self.limits = limits
      self.odb = odb
      self.session = session
    }

    func visit(_ root: UnsafePointer<CChar>?, _ entry: OpaquePointer?) -> Int32 {
      do {
        try count(root, entry)
        return 0
      } catch {
        objection = error
        return -1
      }
    }

    private func count(
      _ root: UnsafePointer<CChar>?, _ entry: OpaquePointer?
    ) throws(GitError) {
      entries += 1
      guard entries <= limits.maximumEntries else {
        throw GitError(
          code: .limitExceeded,
          message: "the commit has more than \(limits.maximumEntries) files and directories")
      }
      let length =
        (root.map { String(cString: $0).utf8.count } ?? 0)
        + (git_tree_entry_name(entry).map { String(cString: $0).utf8.count } ?? 0)
      guard length <= limits.maximumPath else {
        throw GitError(
          code: .limitExceeded,
          message: "the commit has a path of more than \(limits.maximumPath) bytes")
      }
      if entries.isMultiple(of: 1_024) { try session.checkCancellation() }
      guard git_tree_entry_type(entry) == GIT_OBJECT_BLOB, let id = git_tree_entry_id(entry) else {
        return
      }
      var size = 0
      var type = GIT_OBJECT_INVALID
      let result = git_odb_read_header(&size, &type, odb, id)
      guard result >= 0 else { throw GitError.last(result, during: "read a file's size") }
      bytes += UInt64(size)
      guard bytes <= limits.maximumWorkspace else {
        throw GitError(
          code: .limitExceeded,
          message: "the commit's files have more than \(limits.maximumWorkspace) bytes")
      }
    }
  }
}
