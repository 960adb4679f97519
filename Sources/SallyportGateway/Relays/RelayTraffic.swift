import SallyportCore
import SallyportRelay

/// What the open relays of one job have carried, at one moment.
struct RelayTraffic: Sendable, Equatable {
  private(set) var toWorker: UInt64 = 0
  private(set) var toAgent: UInt64 = 0
  private var relays: Set<RelayID> = []
  private var isSettling = false

  mutating func add(_ entry: RelayTable.Entry) {
    toWorker += entry.relay.meter.bytesToWorker
    toAgent += entry.relay.meter.bytesToAgent
    relays.insert(entry.relay.id)
    if entry.isSettling { isSettling = true }
  }

  /// Whether what the store said between `earlier` and this has every relay's bytes exactly once:
  /// no relay was on its way from here to there.
  func completes(_ earlier: RelayTraffic) -> Bool {
    !isSettling && !earlier.isSettling && earlier.relays.isSubset(of: relays)
  }
}
