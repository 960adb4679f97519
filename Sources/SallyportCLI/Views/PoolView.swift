import SallyportProtos

struct PoolView: ListView, DetailView {
  let name: String
  let kind: String
  let sealed: Bool
  let paused: Bool
  let pauseReason: String?
  let pausedAt: String?
  /// Nil where there is no cap.
  let maximumRunning: UInt32?
  let queued: UInt64
  let running: UInt32
  let createdAt: String
  let revokedAt: String?
  let purgeBeganAt: String?
  let purgedAt: String?
  /// VCS pools have no jobs; for people only.
  private let hasJobs: Bool

  enum CodingKeys: String, CodingKey {
    case name, kind, sealed, paused, queued, running
    case pauseReason = "pause_reason"
    case pausedAt = "paused_at"
    case maximumRunning = "maximum_running"
    case createdAt = "created_at"
    case revokedAt = "revoked_at"
    case purgeBeganAt = "purge_began_at"
    case purgedAt = "purged_at"
  }

  init(_ pool: Sallyport_Operator_V1_Pool) {
    name = pool.name
    kind = pool.kind.text
    sealed = pool.sealed
    paused = pool.paused
    pauseReason = pool.paused ? pool.pauseReason : nil
    pausedAt = pool.hasPausedAt ? pool.pausedAt.text : nil
    maximumRunning = pool.maximumRunning == 0 ? nil : pool.maximumRunning
    queued = pool.queued
    running = pool.running
    createdAt = pool.createdAt.text
    revokedAt = pool.hasRevokedAt ? pool.revokedAt.text : nil
    purgeBeganAt = pool.hasPurgeBeganAt ? pool.purgeBeganAt.text : nil
    purgedAt = pool.hasPurgedAt ? pool.purgedAt.text : nil
    hasJobs = pool.kind == .worker
  }

  private var state: String {
    if purgedAt != nil { return "purged" }
    if purgeBeganAt != nil { return "being purged" }
    if revokedAt != nil { return "revoked" }
    return paused ? "paused" : "active"
  }

  private var runningText: String {
    "\(running)" + (maximumRunning.map { " of \($0)" } ?? "")
  }

  static let columns = ["name", "kind", "state", "queued", "running", "sealed", "created"]
  var cells: [String] {
    [
      name, kind, state, hasJobs ? "\(queued)" : "",
      hasJobs ? runningText : "", sealed ? "yes" : "no", createdAt,
    ]
  }
  var details: [(name: String, value: String)] {
    var details = [("name", name), ("kind", kind)]
    if let pauseReason {
      details.append(
        (
          "paused",
          [pausedAt.map { "since \($0)" }, pauseReason]
            .compactMap { $0 }.joined(separator: ": ")
        ))
    }
    if let revokedAt { details.append(("revoked", revokedAt)) }
    if let purgedAt {
      details.append(("purged", purgedAt))
    } else if let purgeBeganAt {
      details.append(("being purged", "since \(purgeBeganAt)"))
    }
    if hasJobs { details += [("queued", "\(queued)"), ("running", runningText)] }
    return details + [("sealed", sealed ? "yes" : "no"), ("created", createdAt)]
  }
}
