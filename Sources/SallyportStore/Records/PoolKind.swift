/// What a pool groups.
package enum PoolKind: String, Hashable, Sendable {
  case worker
  case vcs

  /// The role of whoever enrolls into such a pool.
  package var role: EnrolleeRole {
    switch self {
    case .worker: .worker
    case .vcs: .agent
    }
  }
}
