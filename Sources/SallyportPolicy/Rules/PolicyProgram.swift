/// Who applies a policy, and so what its rules can look at.
package enum PolicyProgram: String, Hashable, Sendable, Codable, CaseIterable {
  /// Decides about jobs.
  case worker
  /// Decides about fetches.
  case agent

  /// For messages.
  package var title: String {
    switch self {
    case .worker: "a worker"
    case .agent: "a VCS agent"
    }
  }
}
