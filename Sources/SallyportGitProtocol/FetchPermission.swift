/// What a client may read of one repository.
package struct FetchPermission: Sendable {
  private enum Extent: Sendable {
    case wholeRepository
    case refs(
      allowsEveryTag: Bool, allowsEveryObject: Bool, predicate: @Sendable (RefName) -> Bool)
  }

  /// Commits that may be read by their ids, with all that they reach, whatever refs lead there.
  package let commits: Set<ObjectID>
  private let extent: Extent

  /// Every ref, and every object that the server gives out by its id.
  package static let wholeRepository = FetchPermission(extent: .wholeRepository, commits: [])

  /// Some refs, and what they reach.
  ///
  /// What a client merely claims to have must then not make the server send anything else. So this
  /// permission leaves out what Git's protocol cannot confine: thin packs, because a delta against
  /// an object that the client falsely claims to have tells about that object (git-fetch(1),
  /// Security); `deepen-relative`, because it sends the history behind whatever commits the client
  /// calls its shallow ones; filters, because the objects that a partial clone left out are later
  /// asked for by ids of which nobody can tell whether an allowed ref reaches them.
  ///
  /// - Parameters:
  ///   - allowsEveryTag: Whether `predicate` is true for each name below `refs/tags/`. Only then
  ///     may the server add tags to a pack by itself (`include-tag`): it does not know which refs
  ///     are allowed.
  ///   - allowsEveryObject: Whether any object may be asked for by its id. Then only the names of
  ///     refs are kept back, and nothing is left out of the protocol.
  ///   - commits: See ``commits``.
  ///   - predicate: Never asked about `HEAD` where that is known to stand for another ref; true for
  ///     `HEAD` means a `HEAD` that stands for none.
  package static func refs(
    allowsEveryTag: Bool = false, allowsEveryObject: Bool = false, commits: Set<ObjectID> = [],
    where predicate: @escaping @Sendable (RefName) -> Bool
  ) -> FetchPermission {
    FetchPermission(
      extent: .refs(
        allowsEveryTag: allowsEveryTag, allowsEveryObject: allowsEveryObject, predicate: predicate),
      commits: commits)
  }

  /// What is left of it when only these refs and commits count. A commit that could not be asked for
  /// by its id before cannot now.
  package func narrowed(to refs: Set<RefName>, commits: Set<ObjectID>) -> FetchPermission {
    .refs(commits: allowsEveryObject ? commits : self.commits.intersection(commits)) {
      refs.contains($0) && allows($0)
    }
  }

  /// What both allow.
  package func narrowed(to other: FetchPermission) -> FetchPermission {
    if case .wholeRepository = extent { return other }
    if case .wholeRepository = other.extent { return self }
    return .refs(
      allowsEveryTag: allowsEveryTag && other.allowsEveryTag,
      allowsEveryObject: allowsEveryObject && other.allowsEveryObject,
      commits: commits.union(other.commits).filter { self.allows($0) && other.allows($0) }
    ) { self.allows($0) && other.allows($0) }
  }

  private func allows(_ commit: ObjectID) -> Bool {
    allowsEveryObject || commits.contains(commit)
  }

  private init(extent: Extent, commits: Set<ObjectID>) {
    self.extent = extent
    self.commits = commits
  }

  /// Whether any object may be asked for by its id.
  package var allowsEveryObject: Bool {
    switch extent {
    case .wholeRepository: true
    case .refs(_, let allowsEveryObject, _): allowsEveryObject
    }
  }

  package var allowsEveryTag: Bool {
    switch extent {
    case .wholeRepository: true
    case .refs(let allowsEveryTag, _, _): allowsEveryTag
    }
  }

  package func allows(_ name: RefName) -> Bool {
    switch extent {
    case .wholeRepository: true
    case .refs(_, _, let predicate): predicate(name)
    }
  }

  /// Whether a ref that is advertised may be shown.
  ///
  /// - Parameter target: The ref for which it stands, where the server says so.
  func allows(_ name: RefName, standingFor target: RefName?) -> Bool {
    if name == .head, let target { return allows(target) }
    return allows(name)
  }

  /// Whether any object may be asked for by an id that no ref showed.
  var allowsSomeObjectsByID: Bool { allowsEveryObject || !commits.isEmpty }
}
