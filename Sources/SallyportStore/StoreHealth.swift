/// Whether the store takes new work.
///
/// Kept up to date by what the store's own writes meet, and by the room that is left for them: a
/// gateway that serves writes a heartbeat every few seconds, so that a fault is noticed, and its end
/// as well, where nobody else writes.
package enum StoreHealth: Hashable, Sendable {
  case ok
  /// New work is refused with `reason`, one line for people, for example
  /// "the store's disk is full". What goes on is still recorded as far as it can be.
  case refusing(reason: String)

  package var isOK: Bool { self == .ok }

  /// Nil where the store takes new work.
  package var reason: String? {
    switch self {
    case .ok: nil
    case .refusing(let reason): reason
    }
  }
}

/// Something that knows how the store does.
package protocol StoreHealthReporting: Sendable {
  /// As far as is known; asking costs nothing and waits for nothing.
  var health: StoreHealth { get }
}
