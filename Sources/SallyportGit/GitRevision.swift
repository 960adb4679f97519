/// What to check out: a ref, a commit, or a commit of a ref.
package struct GitRevision: Hashable, Sendable, CustomStringConvertible {
  /// Nil: the commit is fetched by its id.
  package let ref: GitRefName?
  /// Nil: whatever the ref names when it is fetched.
  package let commit: GitObjectID?

  /// From the fields of a job, where an empty text means none. A ref of 40 hexadecimal digits is a
  /// commit id. Both empty means the repository's `HEAD`.
  package init(ref: String, commit: String) throws(GitError) {
    let fromRef = GitObjectID(ref)
    var id = fromRef
    if !commit.isEmpty {
      guard let parsed = GitObjectID(commit), fromRef == nil || fromRef == parsed else {
        throw GitError(
          code: .invalidName,
          message: "invalid commit \(String(reflecting: String(commit.prefix(64)))): "
            + "use the full id of 40 hexadecimal digits")
      }
      id = parsed
    }
    self.commit = id
    if fromRef != nil || (ref.isEmpty && id != nil) {
      self.ref = nil
    } else {
      self.ref = try GitRefName(ref.isEmpty ? "HEAD" : ref)
    }
  }

  package var description: String {
    switch (ref, commit) {
    case (let ref?, let commit?): "commit \(commit) of ref '\(ref)'"
    case (let ref?, nil): "ref '\(ref)'"
    case (nil, let commit?): "commit \(commit)"
    case (nil, nil): "nothing"
    }
  }
}
