package import SallyportCore

/// Decides when to dial, drain and give up on sessions. Pure: events in, actions out.
///
/// There is at most one *current* session; during a handover also its *successor*, which becomes
/// current once it is established; and at most ``maximumDraining`` older ones that finish their
/// streams.
package struct SupervisorState: Sendable {
  package enum Event: Sendable, Hashable {
    case established(Int)
    /// - Parameter retryAfter: The gateway's hint.
    case ended(Int, retryAfter: Duration?)
    /// A body returned ``SessionEnd/stop``.
    case stopped(Int)
    /// Nil: there is a new certificate. Otherwise the session whose connection is to be left.
    case handoverRequested(by: Int?)
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
  }

  /// Older sessions that may drain at once; the oldest beyond that is cut off.
  package static let maximumDraining = 4
  /// From dialling to the gateway's Welcome.
  package static let establishTimeout: Duration = .seconds(30)
  /// How long an older session may take to finish its streams.
  package static let drainTimeout: Duration = .seconds(3_600)

  private var backoff: Backoff
  private var current: Session?
  private var successor: Session?
  private var draining: [Int] = []
  private var timer: Int?
  private var nextNumber = 1
  private var nextTimer = 1
  private var wantsHandover = false
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
    case .established(let number): established(number, at: time)
    case .ended(let number, let hint): ended(number, hint: hint, at: time, using: &generator)
    case .stopped(let number): shutdown() + ended(number, hint: nil, at: time, using: &generator)
    case .handoverRequested(let number):
      handoverRequested(by: number, at: time, using: &generator)
    case .timerFired(let number): timerFired(number)
    case .deadlinePassed(let number): deadlinePassed(number)
    case .shutdownRequested: shutdown()
    }
  }

  /// The established session that new work goes to.
  package var live: Int? { current.flatMap { $0.establishedAt == nil ? nil : $0.number } }

  private mutating func established(_ number: Int, at time: Duration) -> [Action] {
    if number == current?.number {
      guard current?.establishedAt == nil else { return [] }
      current?.establishedAt = time
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
    current = Session(number: number, establishedAt: time)
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
    current = nil
    if isStopping { return finishIfDone() }
    if lived >= backoff.stablePeriod { backoff.reset() }
    if let next = successor {
      current = next
      successor = nil
      return []
    }
    wantsHandover = false
    return [startTimer(hint, using: &generator)]
  }

  /// A gateway that has each connection left as soon as it is made must not have the process dial
  /// without a pause: the first time is immediate, the next within the stable period is backed off.
  private mutating func handoverRequested(
    by number: Int?, at time: Duration, using generator: inout some RandomNumberGenerator
  ) -> [Action] {
    guard !isStopping, let current, number == nil || number == current.number else { return [] }
    if successor != nil || current.establishedAt == nil {
      // What is being dialled may have loaded the old certificate; leaving a connection, on the
      // other hand, is what the successor, where there is one, does already.
      if number == nil || successor == nil { wantsHandover = true }
      return []
    }
    guard timer == nil else { return [] }
    guard number != nil else { return dialSuccessor() }
    if let lastLeft, time - lastLeft < backoff.stablePeriod {
      self.lastLeft = time
      return [startTimer(nil, using: &generator)]
    }
    lastLeft = time
    return dialSuccessor()
  }

  private mutating func timerFired(_ number: Int) -> [Action] {
    guard number == timer, !isStopping else { return [] }
    timer = nil
    if current == nil { return dialCurrent() }
    return successor == nil ? dialSuccessor() : []
  }

  private func deadlinePassed(_ number: Int) -> [Action] {
    let isDialling = [current, successor].contains {
      $0?.number == number && $0?.establishedAt == nil
    }
    return isDialling || draining.contains(number) ? [.cancel(number)] : []
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

  /// Replaces any timer: the old one's number no longer matches.
  private mutating func startTimer(
    _ hint: Duration?, using generator: inout some RandomNumberGenerator
  ) -> Action {
    defer { nextTimer += 1 }
    timer = nextTimer
    let hint = min(max(hint ?? .zero, .zero), RetryHint.maximum)
    return .startTimer(nextTimer, hint + backoff.next(using: &generator))
  }
}
