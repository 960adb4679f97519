internal import CLibGit2

/// What a server advertises: reference names and the objects that they name.
struct RemoteRefs {
  /// Without the `^{}` entries.
  let targets: [String: GitObjectID]
  /// For annotated tags, the object behind the tag.
  let peeled: [String: GitObjectID]
  /// What `HEAD` stands for, where the server tells.
  let defaultBranch: String?

  init(of remote: borrowing GitHandle) throws(GitError) {
    var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
    var count = 0
    let pointer = remote.pointer
    try GitError.check(during: "read the server's references") {
      git_remote_ls(&heads, &count, pointer)
    }
    var targets: [String: GitObjectID] = [:]
    var peeled: [String: GitObjectID] = [:]
    for index in 0..<count {
      guard let head = heads?[index], let name = head.pointee.name else { continue }
      let text = String(cString: name)
      if text.hasSuffix("^{}") {
        peeled[String(text.dropLast(3))] = GitObjectID(head.pointee.oid)
      } else {
        targets[text] = GitObjectID(head.pointee.oid)
      }
    }
    self.targets = targets
    self.peeled = peeled

    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    if git_remote_default_branch(&buffer, pointer) == 0, let bytes = buffer.ptr {
      defaultBranch = String(cString: bytes)
    } else {
      defaultBranch = nil
    }
  }

  /// The full name of the advertised reference that a job means.
  func resolve(_ ref: GitRefName) -> String? {
    for candidate in ref.candidates where targets[candidate] != nil {
      if candidate == "HEAD", let defaultBranch, targets[defaultBranch] != nil {
        return defaultBranch
      }
      return candidate
    }
    return nil
  }

  /// An advertised reference whose commit is the given one; branches before tags before others.
  func name(of commit: GitObjectID) -> String? {
    let names = targets.keys.filter {
      $0 != "HEAD" && (targets[$0] == commit || peeled[$0] == commit)
    }
    func rank(_ name: String) -> Int {
      name.hasPrefix("refs/heads/") ? 0 : name.hasPrefix("refs/tags/") ? 1 : 2
    }
    return names.min { (rank($0), $0) < (rank($1), $1) }
  }
}
