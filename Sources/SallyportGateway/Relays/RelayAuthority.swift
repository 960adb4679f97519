import SallyportCore

/// What a CONNECT asks for, by its authority.
enum RelayAuthority: Hashable, Sendable {
  /// `<vcs-pool>.vcs.sallyport`: a worker wants to reach a VCS agent of that pool.
  case vcsPool(PoolName)
  /// `<relay-id>.relay.sallyport`: a VCS agent opens its leg.
  case relay(RelayID)

  /// Nil for every other text: no port, no other case, no trailing dot.
  init?(_ authority: String) {
    let labels = authority.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count == 3, labels[2] == "sallyport" else { return nil }
    switch labels[1] {
    case "vcs":
      guard let pool = try? PoolName(String(labels[0])) else { return nil }
      self = .vcsPool(pool)
    case "relay":
      guard let id = RelayID(labels[0]) else { return nil }
      self = .relay(id)
    default: return nil
    }
  }
}
