package import SallyportCore

/// Decides when to dial, drain and give up on sessions. Pure: events in, actions out.
///
/// There is at most one *current* session; during a handover also its *successor*, which becomes
/// current once it is established; and at most ``maximumDraining`` older ones that finish their
/// streams.
package struct SupervisorState: Sendable {
  package enum Event: Sendable, Hashable {
    /// - Parameter returnWindow: As the gateway's Welcome says.
    case established(Int, returnWindow: Duration? = nil)
    /// - Parameter retryAfter: The gateway's hint.
    case ended(Int, retryAfter: Duration?)
    /// A body returned ``SessionEnd/stop``.
    case stopped(Int)
    /// Nil: there is a new certificate. Otherwise the session whose connection is to be left.
    ///
    /// - Parameter grace: How long that connection stays, where the gateway says so.
    case handoverRequested(by: Int?, grace: Duration? = nil)
    case timerFired(Int)
    /// A session's ``Action/startDeadline(_:_:)`` is over.
    case deadlinePassed(Int)
    case shutdownRequested
  }

  package enum Action: Sendable, Hashable {
    case dial(Int)
    case drain(Int, DrainCause)
    case cancel(Int)
    case startTimer(Int, Duration)
    /// Report ``Event/deadlinePassed(_:)`` for the session after this long.
    case startDeadline(Int, Duration)
    /// All sessions have ended: return.
    case finish
  }

  private struct Session {
    let number: Int
    /// Since the supervisor started; nil until established.
    var establishedAt: Duration?
    var returnWindow: Duration?
  }

  /// Older sessions that may drain at once; the oldest beyond that is cut off.
  package static let maximumDraining = 4
  /// From dialling to the gateway's Welcome.
  package static let establishTimeout: Duration = .seconds(30)
  /// Over how long those who are asked to leave a connection spread their leaving, where the gateway
  /// names no window: a gateway asks all of them at once.
  package static let handoverSpread: Duration = .seconds(1)
  /// The longest that leaving is put off where it is not known how long the connection stays.
  package static let longestHandoverSpread: Duration = .seconds(10)
  /// How long an older session may take to finish its streams.
  package static let drainTimeout: Duration = .seconds(3_600)

  /// The longest delay that is drawn, whatever the backoff and the gateway's window are; nil for no
  /// such bound. A hint of the gateway counts all the same.
  package var patience: Duration?
  private var backoff: Backoff
  private var current: Session?
  private var successor: Session?
  private var draining: [Int] = []
  private var timer: Int?
  private var nextNumber = 1
  private var nextTimer = 1
  private var wantsHandover = false
  /// The session that is being dialled, where its connection is to be left as soon as it is
  /// established: the gateway may be replaced while somebody connects to it.
  private var leavesEarly: (number: Int, grace: Duration?)?
  /// When a gateway last had its connection left at once; since the supervisor started.
  private var lastLeft: Duration?
  private var isStopping = false

  package init(backoff: Backoff) { self.backoff = backoff }

  package mutating func start() -> [Action] { dialCurrent() }

  /// - Parameter time: Since the supervisor started.
  package mutating func handle(
    _ event: Event, at time: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    switch event {
    case .established(let number, let window):
      established(number, returnWindow: window, at: time)
        + leaveIfAsked(number, at: time, using: &generator)
    case .ended(let number, let hint): ended(number, hint: hint, at: time, using: &generator)
    case .stopped(let number): shutdown() + ended(number, hint: nil, at: time, using: &generator)
    case .handoverRequested(let number, let grace):
      handoverRequested(by: number, grace: grace, at: time, using: &generator)
    case .timerFired(let number): timerFired(number)
    case .deadlinePassed(let number): deadlinePassed(number)
    case .shutdownRequested: shutdown()
    }
  }

  /// The established session that new work goes to.
  package var live: Int? { current.flatMap { $0.establishedAt == nil ? nil : $0.number } }

  private mutating func established(
    _ number: Int, returnWindow: Duration?, at time: Duration
  ) -> [Action] {
    if number == current?.number {
      guard current?.establishedAt == nil else { return [] }
      current?.establishedAt = time
      current?.returnWindow = returnWindow
      if isStopping { return [.drain(number, .shutdown)] }
      return wantsHandover ? dialSuccessor() : []
    }
    // A successor that crossed a shutdown has been cancelled already.
    guard number == successor?.number, !isStopping else { return [] }
    var actions: [Action] = []
    if let old = current {
      if let start = old.establishedAt, time - start >= backoff.stablePeriod { backoff.reset() }
      draining.append(old.number)
      actions.append(.drain(old.number, .handover))
      actions.append(.startDeadline(old.number, Self.drainTimeout))
    }
    if draining.count > Self.maximumDraining { actions.append(.cancel(draining.removeFirst())) }
    current = Session(number: number, establishedAt: time, returnWindow: returnWindow)
    successor = nil
    if wantsHandover { actions += dialSuccessor() }
    return actions
  }

  private mutating func ended(
    _ number: Int, hint: Duration?, at time: Duration,
    using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    draining.removeAll { $0 == number }
    if number == successor?.number {
      successor = nil
      return isStopping ? finishIfDone() : [startTimer(hint, using: &generator)]
    }
    guard number == current?.number else { return finishIfDone() }
    let lived = current?.establishedAt.map { time - $0 } ?? .zero
    let window = current?.returnWindow
    current = nil
    if isStopping { return finishIfDone() }
    if lived >= backoff.stablePeriod { backoff.reset() }
    if let next = successor {
      current = next
      successor = nil
      return []
    }
    wantsHandover = false
    // It was to be left already, and when is drawn.
    if timer != nil, hint == nil { return [] }
    return [startTimer(hint, window: window, using: &generator)]
  }

  /// Leaving a connection is put off by a random part of a window, because the gateway asks many at
  /// once, and of half the grace at most. A gateway that has each connection left as soon as it is
  /// made must not have the process dial without a pause: the second time within the stable period
  /// is backed off.
  private mutating func handoverRequested(
    by number: Int?, grace: Duration?, at time: Duration,
    using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    guard !isStopping, let current else { return [] }
    if let number, isDialling(number) {
      leavesEarly = (number, grace)
      return []
    }
    guard number == nil || number == current.number else { return [] }
    if successor != nil || current.establishedAt == nil {
      // What is being dialled may have loaded the old certificate; leaving a connection, on the
      // other hand, is what the successor does already.
      if number == nil { wantsHandover = true }
      return []
    }
    guard timer == nil else { return [] }
    guard number != nil else { return dialSuccessor() }
    if let lastLeft, time - lastLeft < backoff.stablePeriod {
      self.lastLeft = time
      return [startTimer(nil, using: &generator)]
    }
    lastLeft = time
    let window = min(
      current.returnWindow ?? Self.handoverSpread,
      grace.map { $0 / 2 } ?? Self.longestHandoverSpread)
    return [startTimer(in: window * Double.random(in: 0...1, using: &generator))]
  }

  private mutating func leaveIfAsked(
    _ number: Int, at time: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    guard let early = leavesEarly, early.number == number, number == current?.number else {
      return []
    }
    leavesEarly = nil
    return handoverRequested(by: number, grace: early.grace, at: time, using: &generator)
  }

  private func isDialling(_ number: Int) -> Bool {
    [current, successor].contains { $0?.number == number && $0?.establishedAt == nil }
  }

  private mutating func timerFired(_ number: Int) -> [Action] {
    guard number == timer, !isStopping else { return [] }
    timer = nil
    if current == nil { return dialCurrent() }
    return successor == nil ? dialSuccessor() : []
  }

  private func deadlinePassed(_ number: Int) -> [Action] {
    isDialling(number) || draining.contains(number) ? [.cancel(number)] : []
  }

  private mutating func shutdown() -> [Action] {
    guard !isStopping else { return [] }
    isStopping = true
    timer = nil
    var actions: [Action] = []
    if let current {
      actions.append(
        current.establishedAt == nil
          ? .cancel(current.number) : .drain(current.number, .shutdown))
    }
    if let successor { actions.append(.cancel(successor.number)) }
    return actions + finishIfDone()
  }

  private func finishIfDone() -> [Action] {
    isStopping && current == nil && successor == nil && draining.isEmpty ? [.finish] : []
  }

  private mutating func dialCurrent() -> [Action] {
    let session = makeSession()
    current = session
    return dial(session)
  }

  private mutating func dialSuccessor() -> [Action] {
    let session = makeSession()
    successor = session
    return dial(session)
  }

  /// A dial loads the newest certificate, so that it serves every wish for a handover so far.
  private mutating func dial(_ session: Session) -> [Action] {
    wantsHandover = false
    return [.dial(session.number), .startDeadline(session.number, Self.establishTimeout)]
  }

  private mutating func makeSession() -> Session {
    defer { nextNumber += 1 }
    return Session(number: nextNumber)
  }

  /// - Parameter window: Takes the place of the backoff's ceiling where it is longer.
  private mutating func startTimer(
    _ hint: Duration?, window: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Action {
    let ceiling = min(backoff.ceiling, patience ?? backoff.maximum)
    var delay = backoff.next(atMost: patience, using: &generator)
    if let window = window.map({ min($0, patience ?? $0) }), window > ceiling {
      delay = window * Double.random(in: 0...1, using: &generator)
    }
    return startTimer(in: min(max(hint ?? .zero, .zero), RetryHint.maximum) + delay)
  }

  /// Replaces any timer: the old one's number no longer matches.
  private mutating func startTimer(in delay: Duration) -> Action {
    defer { nextTimer += 1 }
    timer = nextTimer
    return .startTimer(nextTimer, delay)
  }
}
