import NIOCore

/// Decides whose handshake begins when, so that thousands of peers who return at once are admitted
/// steadily, and so that peers who stall keep nobody else out. Pure.
///
/// A connection that is accepted waits, with nothing but its socket, until its handshake may begin:
/// so many at once, so many at once for one address, so many a second. Addresses take turns. Where
/// the waiting room is full nothing is accepted, and the kernel's queue holds what comes; except that
/// an address whose handshakes come to nothing does not fill the room for others: what waits of it
/// beyond its share is closed.
struct Admission {
  struct Limits {
    /// Handshakes in progress, over all addresses and for one.
    var handshakes: Int
    var handshakesPerAddress: Int
    /// Handshakes that begin per second; as many may begin together after a quiet second.
    var rate: Int
    /// Connections that wait.
    var waiting: Int
    /// How long one waits before it is closed: its peer has given up by then.
    var patience: TimeAmount
    /// An address none of whose handshakes has ended well for this long stalls.
    var progress: TimeAmount
  }

  enum Action: Hashable {
    case start(UInt64)
    case close(UInt64)
  }

  private struct Waiting {
    var id: UInt64
    var deadline: NIODeadline
  }

  private struct Address {
    var inProgress = 0
    var waiting: [Waiting] = []
    /// Of the last handshake that ended well, or of the first connection.
    var lastProgress: NIODeadline
    /// Whether it stands in line.
    var isQueued = false
  }

  /// How often is looked who has waited too long.
  private static let lookInterval = TimeAmount.milliseconds(250)

  private let limits: Limits
  private var addresses: [String: Address] = [:]
  /// Addresses that have somebody waiting and a handshake to spare, in the order of their turns.
  private var turns: [String] = []
  private var expired: NIODeadline
  private var inProgress = 0
  private(set) var waiting = 0
  private var tokens: Double
  private var refilled: NIODeadline

  init(_ limits: Limits, now: NIODeadline) {
    self.limits = limits
    tokens = Double(limits.rate)
    refilled = now
    expired = now
  }

  /// Whether the kernel's queue is to be read.
  var acceptsMore: Bool { waiting < limits.waiting }

  /// For tests: as many as have a handshake or somebody who waits.
  var knownAddresses: Int { addresses.count }

  /// When ``due(_:)`` has something to do; nil where only other events bring anything.
  func deadline(_ now: NIODeadline) -> NIODeadline? {
    guard waiting > 0 else { return nil }
    if canStart(now) { return now }
    var deadlines: [NIODeadline] = []
    if !turns.isEmpty, inProgress < limits.handshakes {
      deadlines.append(refilled + .nanoseconds(Int64((1 - tokens) / Double(limits.rate) * 1e9) + 1))
    }
    // Patience and progress are looked at now and then, not to the moment.
    deadlines.append(now + Self.lookInterval)
    return deadlines.min()
  }

  mutating func arrived(
    _ id: UInt64, from name: String, now: NIODeadline
  ) -> [Action] {
    var address = addresses[name] ?? Address(lastProgress: now)
    address.waiting.append(Waiting(id: id, deadline: now + limits.patience))
    addresses[name] = address
    waiting += 1
    queue(name)
    let started = start(now)
    return acceptsMore ? started : started + makeRoom(now)
  }

  /// - Parameter isKnown: The peer has shown who it is.
  mutating func ended(
    handshakeFrom name: String, isKnown: Bool, now: NIODeadline
  ) -> [Action] {
    guard var address = addresses[name], address.inProgress > 0 else { return [] }
    inProgress -= 1
    address.inProgress -= 1
    if isKnown { address.lastProgress = now }
    addresses[name] = address
    queue(name)
    forgetIfIdle(name)
    return start(now)
  }

  /// One has left that may still be waiting.
  mutating func left(_ id: UInt64, from name: String, now: NIODeadline) -> [Action] {
    guard let index = addresses[name]?.waiting.firstIndex(where: { $0.id == id }) else { return [] }
    addresses[name]?.waiting.remove(at: index)
    waiting -= 1
    if addresses[name]?.waiting.isEmpty == true { dequeue([name]) }
    return [.close(id)]
  }

  /// Time has passed.
  mutating func due(_ now: NIODeadline) -> [Action] {
    let closed = expire(now)
    let started = start(now)
    return closed + started + (acceptsMore ? [] : makeRoom(now))
  }

  /// Nobody waits any more.
  mutating func clear() {
    waiting = 0
    turns = []
    for name in addresses.keys {
      addresses[name]?.waiting = []
      addresses[name]?.isQueued = false
      forgetIfIdle(name)
    }
  }

  // MARK: -

  private func canStart(_ now: NIODeadline) -> Bool {
    !turns.isEmpty && inProgress < limits.handshakes && tokens >= 1
  }

  private mutating func queue(_ name: String) {
    guard let address = addresses[name], !address.isQueued, !address.waiting.isEmpty,
      address.inProgress < limits.handshakesPerAddress
    else { return }
    addresses[name]?.isQueued = true
    turns.append(name)
  }

  private mutating func start(_ now: NIODeadline) -> [Action] {
    let elapsed = Double((now - refilled).nanoseconds) / 1e9
    tokens = min(tokens + elapsed * Double(limits.rate), Double(limits.rate))
    refilled = now
    var actions: [Action] = []
    while canStart(now) {
      let name = turns.removeFirst()
      addresses[name]?.isQueued = false
      guard var address = addresses[name], !address.waiting.isEmpty,
        address.inProgress < limits.handshakesPerAddress
      else {
        forgetIfIdle(name)
        continue
      }
      actions.append(.start(address.waiting.removeFirst().id))
      waiting -= 1
      tokens -= 1
      inProgress += 1
      address.inProgress += 1
      addresses[name] = address
      queue(name)
    }
    return actions
  }

  private mutating func expire(_ now: NIODeadline) -> [Action] {
    guard now - expired >= Self.lookInterval else { return [] }
    expired = now
    var actions: [Action] = []
    var emptied: Set<String> = []
    for (name, address) in addresses {
      // In the order in which they came: the first has waited longest.
      let count = address.waiting.prefix { $0.deadline <= now }.count
      guard count > 0 else { continue }
      actions += address.waiting.prefix(count).map { .close($0.id) }
      addresses[name]?.waiting.removeFirst(count)
      waiting -= count
      if count == address.waiting.count { emptied.insert(name) }
    }
    dequeue(emptied)
    return actions
  }

  /// Takes from the addresses that stall what they have beyond their share of the room.
  private mutating func makeRoom(_ now: NIODeadline) -> [Action] {
    let share = max(1, limits.waiting / (addresses.count + 1))
    var actions: [Action] = []
    for (name, address) in addresses
    where address.waiting.count > share && now - address.lastProgress >= limits.progress {
      actions += address.waiting.dropFirst(share).map { .close($0.id) }
      waiting -= address.waiting.count - share
      addresses[name]?.waiting.removeLast(address.waiting.count - share)
    }
    return actions
  }

  /// Nobody waits from these addresses any more.
  private mutating func dequeue(_ names: Set<String>) {
    guard !names.isEmpty else { return }
    turns.removeAll { names.contains($0) }
    for name in names {
      addresses[name]?.isQueued = false
      forgetIfIdle(name)
    }
  }

  private mutating func forgetIfIdle(_ name: String) {
    guard let address = addresses[name], address.waiting.isEmpty, address.inProgress == 0,
      !address.isQueued
    else { return }
    addresses[name] = nil
  }
}
