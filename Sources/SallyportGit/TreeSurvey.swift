internal import CLibGit2

/// Judges what a tree would write, before anything is written.
///
/// Trees may share subtrees, so that a few kilobytes name more files than a disk holds ("git
/// bomb"), and may nest deeper than a recursive walk survives.
///
/// libgit2 writes files first, then symbolic links, then submodules, and makes directories through
/// links that are already there. In a tree where every path names one thing, nothing lies below a
/// link; so a name that is a path, or that a tree has twice, is refused, as `git fsck` does
/// (fullPathname, duplicateEntries).
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
    let count = TreeCount(limits: limits, odb: odb, session: session)
    let result = withExtendedLifetime(count) {
      git_tree_walk(
        tree.pointer, GIT_TREEWALK_PRE,
        { root, entry, payload in
          guard let payload else { return -1 }
          return Unmanaged<TreeCount>.fromOpaque(payload).takeUnretainedValue().visit(root, entry)
        }, Unmanaged.passUnretained(count).toOpaque())
    }
    if let objection = count.objection { throw objection }
    guard result >= 0 else { throw GitError.last(result, during: "read the tree") }
  }
}
