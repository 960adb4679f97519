package import SallyportCore

/// What a gateway process and the one that takes its place tell each other, one line each.
///
/// The two may be of different versions: a line that one does not know is nothing to it.
package enum SuccessionMessage: Hashable, Sendable {
  /// From the successor: it serves.
  case ready
  /// From the process before: it accepts no more, the sockets are the successor's.
  case released
  /// A job, or its log, has changed: the store says how.
  case changed(JobID, TenantName)

  /// Bytes of a line, at most.
  package static let maximumLength = 256

  /// Without the end of the line.
  package var line: String {
    switch self {
    case .ready: "ready"
    case .released: "released"
    case .changed(let job, let tenant): "changed \(job.rawValue) \(tenant.rawValue)"
    }
  }

  /// Nil for a line of another version.
  package init?(line: String) {
    let words = line.split(separator: Character(" "), omittingEmptySubsequences: false)
      .map(String.init)
    switch (words.first, words.count) {
    case ("ready", 1): self = .ready
    case ("released", 1): self = .released
    case ("changed", 3):
      guard let job = JobID(words[1]), let tenant = try? TenantName(words[2]) else { return nil }
      self = .changed(job, tenant)
    default: return nil
    }
  }
}
