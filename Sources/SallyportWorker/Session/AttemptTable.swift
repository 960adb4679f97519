package import SallyportCore

/// Every attempt that this worker has taken on and not settled: what the session tells the gateway
/// about, over however many connections.
package struct AttemptTable: Sendable {
  package enum Phase: Hashable, Sendable {
    /// The offer is being journaled; not accepted yet.
    case taking
    case running
    /// It has ended and is journaled, but the gateway has not acknowledged the result.
    case finished
  }

  package struct Entry: Hashable, Sendable {
    package var phase: Phase
    /// When the attempt must be dead unless its lease is renewed.
    package var fence: BootInstant
    package var isStopping = false
  }

  /// Results that may wait for the gateway before no more jobs are taken.
  package static let maximumUnsettled = 64

  package let capacity: Int
  /// Set for good once the worker takes nothing new.
  package private(set) var isDraining = false
  package private(set) var entries: [AttemptID: Entry] = [:]

  package init(capacity: Int) { self.capacity = capacity }

  /// Attempts that occupy a slot.
  package var active: Int { entries.values.count { $0.phase != .finished } }

  /// How many more jobs this worker takes now.
  package var credits: Int {
    guard !isDraining, entries.count - active < Self.maximumUnsettled else { return 0 }
    return max(capacity - active, 0)
  }

  /// Offers that are neither accepted nor rejected yet.
  package var unanswered: Int { entries.values.count { $0.phase == .taking } }

  package mutating func drain() { isDraining = true }

  /// Reserves a slot for an offer.
  package mutating func take(_ attempt: AttemptID) {
    entries[attempt] = Entry(phase: .taking, fence: BootInstant(nanoseconds: .max))
  }

  /// The offer is accepted: from now on there is a lease.
  package mutating func run(_ attempt: AttemptID, fence: BootInstant) {
    entries[attempt] = Entry(phase: .running, fence: fence)
  }

  package mutating func renew(_ attempt: AttemptID, fence: BootInstant) {
    guard let entry = entries[attempt], entry.phase != .taking else { return }
    entries[attempt]?.fence = max(entry.fence, fence)
  }

  package mutating func finish(_ attempt: AttemptID) {
    entries[attempt, default: Entry(phase: .finished, fence: BootInstant(nanoseconds: .max))]
      .phase = .finished
  }

  package mutating func markStopping(_ attempt: AttemptID) { entries[attempt]?.isStopping = true }

  /// Settled, or never accepted.
  package mutating func remove(_ attempt: AttemptID) { entries[attempt] = nil }

  /// Attempts whose lease runs out now; each is named once.
  package mutating func expire(now: BootInstant) -> [AttemptID] {
    let expired = entries.filter {
      $0.value.phase == .running && !$0.value.isStopping && now >= $0.value.fence
    }
    for attempt in expired.keys { entries[attempt]?.isStopping = true }
    return expired.keys.sorted(by: Self.order)
  }

  /// When the next lease runs out.
  package var nextFence: BootInstant? {
    entries.values.filter { $0.phase == .running && !$0.isStopping }.map(\.fence).min()
  }

  /// Those whose leases are to be renewed: not those that run no more for want of one.
  package func renewable(now: BootInstant) -> [AttemptID] {
    accepted.map(\.attempt).filter { attempt in
      guard let entry = entries[attempt] else { return false }
      return entry.phase == .finished || now < entry.fence
    }
  }

  /// Those that a new session hears of.
  package var accepted: [(attempt: AttemptID, phase: Phase)] {
    entries.filter { $0.value.phase != .taking }
      .map { ($0.key, $0.value.phase) }.sorted { Self.order($0.0, $1.0) }
  }

  private static func order(_ left: AttemptID, _ right: AttemptID) -> Bool {
    (left.job, left.epoch) < (right.job, right.epoch)
  }
}
