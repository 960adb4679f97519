import SallyportCore
import SallyportSession
import Testing

@Suite struct SupervisorStateTests {
  typealias Action = SupervisorState.Action
  static let establish = SupervisorState.establishTimeout
  static let drain = SupervisorState.drainTimeout

  /// Draws the most or the least that a jitter can be.
  struct FixedGenerator: RandomNumberGenerator {
    var value: UInt64
    mutating func next() -> UInt64 { value }
  }

  struct Driver {
    var state = SupervisorState(
      backoff: Backoff(base: .seconds(1), maximum: .seconds(30), stablePeriod: .seconds(60)))
    var generator = FixedGenerator(value: .max)
    var time: Duration = .zero

    mutating func send(_ event: SupervisorState.Event) -> [Action] {
      state.handle(event, at: time, using: &generator)
    }

    /// Started, with session 1 established.
    static func established() -> Driver {
      var driver = Driver()
      _ = driver.state.start()
      _ = driver.send(.established(1))
      return driver
    }

    /// The delay of the one timer that the event started.
    mutating func delay(after event: SupervisorState.Event) -> Duration? {
      guard case .startTimer(_, let delay)? = send(event).first else { return nil }
      return delay
    }

    /// Has the gateway ask that a connection be left, and lets the time go by that this is put off.
    mutating func leave(_ number: Int) -> [Action] {
      guard case .startTimer(let timer, _)? = send(.handoverRequested(by: number)).first else {
        return []
      }
      return send(.timerFired(timer))
    }
  }

  @Test func dialsAtOnceAndIsLiveOnWelcome() {
    var driver = Driver()
    #expect(driver.state.start() == [.dial(1), .startDeadline(1, Self.establish)])
    #expect(driver.state.live == nil)
    #expect(driver.send(.established(1)).isEmpty)
    #expect(driver.state.live == 1)
  }

  @Test func failuresDoubleTheDelayUpToTheMaximum() {
    var driver = Driver()
    _ = driver.state.start()
    var ceilings: [Duration] = []
    for number in 1...8 {
      ceilings.append(driver.delay(after: .ended(number, retryAfter: nil)) ?? .zero)
      #expect(driver.send(.timerFired(number)).first == .dial(number + 1))
    }
    let expected: [Double] = [1, 2, 4, 8, 16, 30, 30, 30]
    for (ceiling, seconds) in zip(ceilings, expected) {
      #expect(abs(ceiling / .seconds(1) - seconds) < 1e-6)
    }
  }

  @Test func whatIsHeldBoundsTheDelay() {
    var driver = Driver()
    _ = driver.state.start()
    for number in 1...8 {
      _ = driver.send(.ended(number, retryAfter: nil))
      _ = driver.send(.timerFired(number))
    }
    driver.state.patience = .seconds(3)
    #expect(driver.delay(after: .ended(9, retryAfter: nil)) ?? .zero <= .seconds(3))
    _ = driver.send(.timerFired(9))
    // Neither the gateway's window nor what comes before it counts for more; a hint does.
    _ = driver.send(.established(10, returnWindow: .seconds(20)))
    #expect(driver.delay(after: .ended(10, retryAfter: nil)) ?? .zero <= .seconds(3))
    _ = driver.send(.timerFired(10))
    let hinted = driver.delay(after: .ended(11, retryAfter: .seconds(60))) ?? .zero
    #expect(hinted >= .seconds(60) && hinted <= .seconds(63))
    _ = driver.send(.timerFired(11))
    driver.state.patience = nil
    #expect(driver.delay(after: .ended(12, retryAfter: nil)) ?? .zero > .seconds(29))
  }

  @Test func jitterReachesDownToZero() {
    var driver = Driver()
    driver.generator.value = 1
    _ = driver.state.start()
    #expect(driver.delay(after: .ended(1, retryAfter: nil)) == .zero)
  }

  @Test func onlyAStableMinuteResetsTheBackoff() {
    var driver = Driver()
    _ = driver.state.start()
    for number in 1...4 {
      _ = driver.send(.ended(number, retryAfter: nil))
      _ = driver.send(.timerFired(number))
    }
    _ = driver.send(.established(5))
    driver.time += .seconds(59)
    let flapping = driver.delay(after: .ended(5, retryAfter: nil)) ?? .zero
    #expect(flapping > .seconds(15))
    _ = driver.send(.timerFired(5))
    driver.time += .seconds(100)
    _ = driver.send(.established(6))
    driver.time += .seconds(60)
    let stable = driver.delay(after: .ended(6, retryAfter: nil)) ?? .zero
    #expect(stable <= .seconds(1))
  }

  @Test func aHintIsTheLeastDelayAndIsBounded() {
    var driver = Driver.established()
    let delay = driver.delay(after: .ended(1, retryAfter: .seconds(20))) ?? .zero
    #expect(delay >= .seconds(20) && delay <= .seconds(21.01))
    _ = driver.send(.timerFired(1))
    let hostile = driver.delay(after: .ended(2, retryAfter: .seconds(1_000_000))) ?? .zero
    #expect(hostile >= .seconds(300) && hostile <= .seconds(330))
    _ = driver.send(.timerFired(2))
    let negative = driver.delay(after: .ended(3, retryAfter: .seconds(-5))) ?? .seconds(-1)
    #expect(negative >= .zero)
  }

  @Test func aHandoverDrainsTheOldSessionOnlyOnceTheNewOneIsThere() {
    var driver = Driver.established()
    #expect(
      driver.send(.handoverRequested(by: nil)) == [.dial(2), .startDeadline(2, Self.establish)])
    #expect(driver.state.live == 1)
    #expect(
      driver.send(.established(2)) == [.drain(1, .handover), .startDeadline(1, Self.drain)])
    #expect(driver.state.live == 2)
    #expect(driver.send(.ended(1, retryAfter: nil)).isEmpty)
    #expect(driver.state.live == 2)
  }

  @Test func aFailedSuccessorLeavesTheOldSessionAndIsTriedAgain() {
    var driver = Driver.established()
    _ = driver.send(.handoverRequested(by: nil))
    let actions = driver.send(.ended(2, retryAfter: nil))
    guard case .startTimer(let timer, _)? = actions.first else {
      Issue.record("expected a timer, got \(actions)")
      return
    }
    #expect(actions.count == 1)
    #expect(driver.state.live == 1)
    #expect(driver.send(.handoverRequested(by: nil)).isEmpty)
    #expect(driver.send(.timerFired(timer)).first == .dial(3))
    #expect(driver.send(.established(3)).first == .drain(1, .handover))
  }

  @Test func theSuccessorTakesOverWhereTheOldSessionDiesFirst() {
    var driver = Driver.established()
    _ = driver.leave(1)
    #expect(driver.send(.ended(1, retryAfter: nil)).isEmpty)
    #expect(driver.state.live == nil)
    #expect(driver.send(.established(2)).isEmpty)
    #expect(driver.state.live == 2)
  }

  @Test func aRenewalWhileDiallingIsNotForgotten() {
    var driver = Driver()
    _ = driver.state.start()
    #expect(driver.send(.handoverRequested(by: nil)).isEmpty)
    #expect(driver.send(.established(1)).first == .dial(2))
    #expect(driver.send(.handoverRequested(by: nil)).isEmpty)
    let actions = driver.send(.established(2))
    #expect(actions.contains(.drain(1, .handover)))
    #expect(actions.contains(.dial(3)))
    #expect(driver.send(.established(3)).contains(.drain(2, .handover)))
  }

  @Test func aConnectionThatIsRetiredBeforeItsSessionBeganIsLeft() {
    var driver = Driver()
    _ = driver.state.start()
    #expect(driver.send(.handoverRequested(by: 1)).isEmpty)
    guard case .startTimer(let timer, _)? = driver.send(.established(1)).first else {
      Issue.record("expected a timer")
      return
    }
    #expect(driver.send(.timerFired(timer)).first == .dial(2))
  }

  /// A gateway is replaced, and its successor as well before those who leave it are there.
  @Test func aSuccessorsConnectionThatIsRetiredBeforeItsSessionBeganIsLeft() {
    var driver = Driver.established()
    #expect(driver.leave(1).first == .dial(2))
    #expect(driver.send(.handoverRequested(by: 2)).isEmpty)
    let actions = driver.send(.established(2))
    #expect(actions.contains(.drain(1, .handover)))
    guard case .startTimer(let timer, let delay)? = actions.last else {
      Issue.record("expected a timer, got \(actions)")
      return
    }
    #expect(delay <= .seconds(1))
    #expect(driver.send(.timerFired(timer)).first == .dial(3))
    #expect(driver.send(.established(3)).contains(.drain(2, .handover)))
    // One that is lost before it is established has nothing to be left for.
    #expect(driver.leave(3).first == .dial(4))
    #expect(driver.send(.handoverRequested(by: 4)).isEmpty)
    guard case .startTimer(let again, _)? = driver.send(.ended(4, retryAfter: nil)).first else {
      Issue.record("expected a timer")
      return
    }
    #expect(driver.send(.timerFired(again)).first == .dial(5))
    #expect(
      driver.send(.established(5)) == [.drain(3, .handover), .startDeadline(3, .seconds(3_600))])
  }

  @Test func aRenewalWhileWaitingToDialNeedsNothing() {
    var driver = Driver.established()
    _ = driver.send(.ended(1, retryAfter: nil))
    #expect(driver.send(.handoverRequested(by: nil)).isEmpty)
    #expect(driver.send(.timerFired(1)).first == .dial(2))
    #expect(driver.send(.established(2)).isEmpty)
  }

  @Test func onlyTheCurrentSessionMayAskToBeLeft() {
    var driver = Driver.established()
    #expect(driver.send(.handoverRequested(by: 9)).isEmpty)
    _ = driver.leave(1)
    #expect(driver.send(.handoverRequested(by: 1)).isEmpty)
    _ = driver.send(.established(2))
    #expect(driver.send(.handoverRequested(by: 1)).isEmpty)
  }

  @Test func aGatewayThatHasEveryConnectionLeftIsBackedOff() {
    var driver = Driver.established()
    #expect(driver.leave(1).first == .dial(2))
    _ = driver.send(.established(2))
    var delays: [Double] = []
    for number in 2...6 {
      driver.time += .seconds(1)
      let actions = driver.send(.handoverRequested(by: number))
      guard case .startTimer(let timer, let delay)? = actions.first, actions.count == 1 else {
        Issue.record("expected a timer, got \(actions)")
        return
      }
      delays.append((delay / .seconds(1)).rounded())
      #expect(driver.send(.handoverRequested(by: number)).isEmpty)
      #expect(driver.send(.timerFired(timer)).first == .dial(number + 1))
      _ = driver.send(.established(number + 1))
    }
    #expect(delays == [1, 2, 4, 8, 16])
    // A renewed certificate is not the gateway's doing.
    #expect(driver.send(.handoverRequested(by: nil)).first == .dial(8))
    _ = driver.send(.established(8))
    // Once a connection has been stable, all starts over.
    driver.time += .seconds(60)
    #expect(driver.leave(8).first == .dial(9))
    _ = driver.send(.established(9))
    driver.time += .seconds(1)
    #expect(driver.delay(after: .handoverRequested(by: 9)).map { $0 <= .seconds(1) } == true)
  }

  @Test func leavingAConnectionIsSpread() {
    // As long as nobody says more: a second.
    var driver = Driver.established()
    #expect(about(driver.delay(after: .handoverRequested(by: 1)), 1))
    // What the gateway says, but within half the time that the connection has.
    for (window, grace, expected) in [(8, 30, 8), (60, 30, 15), (60, nil, 10), (0, 30, 0)]
      as [(Int, Int?, Int)]
    {
      var driver = Driver()
      _ = driver.state.start()
      _ = driver.send(.established(1, returnWindow: .seconds(window)))
      let event = SupervisorState.Event.handoverRequested(
        by: 1, grace: grace.map { .seconds($0) })
      #expect(about(driver.delay(after: event), Double(expected)))
    }
    // The least is nothing.
    var lucky = Driver.established()
    lucky.generator.value = 1
    #expect(lucky.delay(after: .handoverRequested(by: 1)) == .zero)
  }

  @Test func aConnectionThatEndsBeforeItIsLeftCostsNoSecondDelay() {
    var driver = Driver.established()
    guard case .startTimer(let timer, _)? = driver.send(.handoverRequested(by: 1)).first else {
      Issue.record("expected a timer")
      return
    }
    #expect(driver.send(.ended(1, retryAfter: nil)).isEmpty)
    #expect(driver.send(.timerFired(timer)).first == .dial(2))
  }

  /// So that those who were connected to a gateway that dies do not return all at once.
  @Test func theReturnAfterALossIsSpreadOverTheGatewaysWindow() {
    func lost(_ window: Duration?, drawing value: UInt64) -> Driver {
      var driver = Driver()
      driver.generator.value = value
      _ = driver.state.start()
      _ = driver.send(.established(1, returnWindow: window))
      return driver
    }
    var most = lost(.seconds(20), drawing: .max)
    #expect(about(most.delay(after: .ended(1, retryAfter: nil)), 20))
    // One window for each loss: a dial that fails is backed off as any other.
    _ = most.send(.timerFired(1))
    #expect(about(most.delay(after: .ended(2, retryAfter: nil)), 2))
    var least = lost(.seconds(20), drawing: 1)
    #expect(least.delay(after: .ended(1, retryAfter: nil)) == .zero)
    var hinted = lost(.seconds(20), drawing: .max)
    #expect(about(hinted.delay(after: .ended(1, retryAfter: .seconds(5))), 25))
    var none = lost(nil, drawing: .max)
    #expect(about(none.delay(after: .ended(1, retryAfter: nil)), 1))
  }

  private func about(_ delay: Duration?, _ seconds: Double) -> Bool {
    guard let delay else { return false }
    return abs(delay / .seconds(1) - seconds) < 1e-6
  }

  @Test func drainingSessionsAreBoundedInNumberAndTime() {
    var driver = Driver.established()
    var cancelled: [Action] = []
    for number in 2...10 {
      _ = driver.send(.handoverRequested(by: nil))
      cancelled += driver.send(.established(number)).filter {
        if case .cancel = $0 { true } else { false }
      }
    }
    #expect(cancelled == (1...5).map { .cancel($0) })
    #expect(driver.send(.deadlinePassed(9)) == [.cancel(9)])
    #expect(driver.send(.deadlinePassed(10)).isEmpty)
    #expect(driver.send(.deadlinePassed(1)).isEmpty)
  }

  @Test func aGatewayThatNeverWelcomesIsGivenUp() {
    var driver = Driver()
    _ = driver.state.start()
    #expect(driver.send(.deadlinePassed(1)) == [.cancel(1)])
    guard case .startTimer? = driver.send(.ended(1, retryAfter: nil)).first else {
      Issue.record("expected a timer")
      return
    }
  }

  @Test func shutdownDrainsTheLiveSessionAndCutsOffDialling() {
    var driver = Driver.established()
    _ = driver.send(.handoverRequested(by: nil))
    #expect(driver.send(.shutdownRequested) == [.drain(1, .shutdown), .cancel(2)])
    #expect(driver.send(.shutdownRequested).isEmpty)
    #expect(driver.send(.handoverRequested(by: nil)).isEmpty)
    #expect(driver.send(.ended(2, retryAfter: nil)).isEmpty)
    #expect(driver.send(.ended(1, retryAfter: nil)) == [.finish])
  }

  @Test func shutdownWaitsForDrainingSessions() {
    var driver = Driver.established()
    _ = driver.send(.handoverRequested(by: nil))
    _ = driver.send(.established(2))
    #expect(driver.send(.shutdownRequested) == [.drain(2, .shutdown)])
    #expect(driver.send(.ended(2, retryAfter: nil)).isEmpty)
    #expect(driver.send(.ended(1, retryAfter: nil)) == [.finish])
  }

  @Test func shutdownWhileDiallingOrWaitingIsPrompt() {
    var dialling = Driver()
    _ = dialling.state.start()
    #expect(dialling.send(.shutdownRequested) == [.cancel(1)])
    // The Welcome may have crossed the cancellation.
    #expect(dialling.send(.established(1)) == [.drain(1, .shutdown)])
    #expect(dialling.send(.ended(1, retryAfter: nil)) == [.finish])

    var waiting = Driver.established()
    _ = waiting.send(.ended(1, retryAfter: nil))
    #expect(waiting.send(.shutdownRequested) == [.finish])
    #expect(waiting.send(.timerFired(1)).isEmpty)
  }

  @Test func aBodyMayEndItAll() {
    var driver = Driver.established()
    #expect(driver.send(.stopped(1)).last == .finish)
  }

  /// Whatever happens in whatever order, there is one live session at most, no number is dialled
  /// twice, and a supervisor that is not stopping always has a dial, a timer or a session.
  @Test func randomEventsKeepTheInvariants() {
    var random = SeededGenerator(seed: 42)
    for _ in 0..<300 {
      var state = SupervisorState(backoff: Backoff())
      var time: Duration = .zero
      var open: Set<Int> = []
      var cancelled: Set<Int> = []
      var dialled: Set<Int> = []
      var timers: [Int] = []
      var isStopping = false
      var isFinished = false
      var pending = state.start()
      for _ in 0..<60 where !isFinished {
        for action in pending {
          switch action {
          case .dial(let number):
            #expect(dialled.insert(number).inserted)
            #expect(!isStopping)
            open.insert(number)
          case .drain(let number, _): #expect(open.contains(number))
          case .cancel(let number):
            #expect(open.contains(number))
            cancelled.insert(number)
          case .startTimer(let number, let delay):
            #expect(delay >= .zero && delay <= .seconds(335))
            timers.append(number)
          case .startDeadline: break
          case .finish:
            #expect(isStopping && open.isSubset(of: cancelled))
            isFinished = true
          }
        }
        pending = []
        if isFinished { break }
        #expect(isStopping || !open.isEmpty || !timers.isEmpty)
        #expect(
          open.subtracting(cancelled).count <= SupervisorState.maximumDraining + 2)
        time += .seconds(Int.random(in: 0...90, using: &random))
        let event: SupervisorState.Event
        switch Int.random(in: 0..<9, using: &random) {
        case 0...2:
          event = .established(
            open.randomElement(using: &random) ?? 1,
            returnWindow: Bool.random(using: &random) ? .seconds(300) : nil)
        case 3...4:
          guard let number = open.randomElement(using: &random) else { continue }
          open.remove(number)
          event = .ended(number, retryAfter: Bool.random(using: &random) ? .seconds(5) : nil)
        case 5: event = .handoverRequested(by: Bool.random(using: &random) ? nil : open.first)
        case 6:
          guard let timer = timers.randomElement(using: &random) else { continue }
          event = .timerFired(timer)
        case 7: event = .deadlinePassed(open.randomElement(using: &random) ?? 1)
        default:
          event = Int.random(in: 0..<6, using: &random) == 0 ? .shutdownRequested : .timerFired(-1)
          if event == .shutdownRequested { isStopping = true }
        }
        pending = state.handle(event, at: time, using: &random)
        if let live = state.live { #expect(open.contains(live)) }
      }
    }
  }
}
