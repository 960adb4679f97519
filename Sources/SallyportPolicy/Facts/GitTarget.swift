/// What of a repository is asked for.
package enum GitTarget: Hashable, Sendable {
  /// A full name, `refs/heads/main` for example, or `HEAD`.
  case ref(String)
  /// A commit by its id, which no ref that may be seen shows: it may be a part of any.
  case unadvertisedCommit

  var isWellFormed: Bool {
    switch self {
    case .ref(let name): RefForm.isFull(name)
    case .unadvertisedCommit: true
    }
  }
}
