internal import CLibGit2

/// A job's own repository: `.git` with copies of the mirror's packs, `HEAD` detached at the commit,
/// an index, and the commit's files.
///
/// Packs are copied, neither linked nor reached through alternates, so that nothing that a job does
/// in its own workspace reaches the mirror: a repack, a `chmod -R`, a removal. That is no protection
/// from a hostile job: it runs as the worker's own user and can find the mirror itself. A copy costs
/// reading the packs once (nothing on a file system with reflinks), about 0.8 s per GB from a warm
/// cache, and gives the job the whole history.
struct GitWorkspace {
  let path: String

  private var gitDirectory: String { "\(path)/.git" }

  /// Makes the repository. The workspace must be empty or absent. Call it under the mirror's lock.
  func create(
    from mirror: GitMirror, _ outcome: MirrorFetch.Outcome, session: FetchSession
  ) throws(GitError) {
    guard try FileTree.names(in: path).isEmpty else {
      throw GitError(code: .fileSystem, message: "the workspace \(path) is not empty")
    }
    try FileTree.makeDirectory(path)
    try RepositoryTemplate.initialise(gitDirectory, workdir: path)
    let packs = "\(gitDirectory)/objects/pack"
    try FileTree.makeDirectory(packs)
    for name in try mirror.packNames() {
      for suffix in ["pack", "idx"] {
        try FileTree.copy(
          "\(mirror.packDirectory)/\(name).\(suffix)", to: "\(packs)/\(name).\(suffix)",
          mode: 0o444
        ) { () throws(GitError) in try session.checkCancellation() }
      }
    }
  }

  /// Writes the files of the commit.
  ///
  /// Only what libgit2 has built in applies where `.gitattributes` asks for it, as Git does it:
  /// line-ending conversion, and `ident`. Filter drivers, hooks and submodules do not exist for it.
  /// ``CancellationGate`` lets a cancellation through between two files.
  func checkOut(
    _ outcome: MirrorFetch.Outcome, session: FetchSession
  ) throws(GitError) {
    let directory = gitDirectory
    let repository = try GitHandle("open the workspace", release: git_repository_free) {
      git_repository_open(&$0, directory)
    }
    try CancellationGate.install(in: repository, for: session)
    let pointer = repository.pointer
    var oid = outcome.commit.oid
    let commit = try GitHandle("read commit \(outcome.commit)", release: git_commit_free) {
      git_commit_lookup(&$0, pointer, &oid)
    }
    let commitPointer = commit.pointer
    let tree = try GitHandle("read the tree of \(outcome.commit)", release: git_tree_free) {
      git_commit_tree(&$0, commitPointer)
    }
    try TreeSurvey(limits: session.limits).check(tree, in: repository, session: session)
    if let reference = outcome.reference { try name(reference, in: pointer) }

    var options = git_checkout_options()
    git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION))
    options.checkout_strategy =
      GIT_CHECKOUT_FORCE.rawValue | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH.rawValue
    options.progress_payload = CallbackContext.pointer(to: session)
    options.progress_cb = { _, completed, total, payload in
      CallbackContext.session(at: payload)?.reportCheckout(files: completed, of: total)
    }
    let treePointer = tree.pointer
    try GitError.check(during: "check out \(outcome.commit)") {
      git_checkout_tree(pointer, treePointer, &options)
    }
    try GitError.check(during: "detach HEAD at \(outcome.commit)") {
      git_repository_set_head_detached(pointer, &oid)
    }
  }

  /// Gives the job the name that it was started for: the branch as `refs/remotes/origin/<branch>`,
  /// so that nothing looks checked out but the commit, and a tag as itself.
  private func name(
    _ reference: (name: String, target: GitObjectID), in repository: OpaquePointer
  ) throws(GitError) {
    let name: String
    if reference.name.hasPrefix("refs/heads/") {
      name = "refs/remotes/origin/\(reference.name.dropFirst("refs/heads/".count))"
    } else if reference.name.hasPrefix("refs/tags/") {
      name = reference.name
    } else {
      return
    }
    var oid = reference.target.oid
    var created: OpaquePointer?
    defer { git_reference_free(created) }
    try GitError.check(during: "name \(name) in the workspace") {
      git_reference_create(&created, repository, name, &oid, 1, nil)
    }
  }
}
