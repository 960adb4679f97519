import NIOCore
import SallyportCore
import SallyportRelay
import Testing

@testable import SallyportTransport

@Suite struct ConnectionLifecycleTests {
  @Test func aServerAnnouncesItsEndBeforeItSaysWhichStreamsCount() {
    var server = ConnectionLifecycle(acceptsStreams: true)
    server.secured()
    #expect(server.beginDrain() == .announce)
    #expect(!server.closesWithLastStream)
    #expect(server.beginDrain() == .nothing)
    #expect(server.announcementSeen() == .sendGoAway)
    #expect(server.closesWithLastStream)
    #expect(server.announcementSeen() == .nothing)
    let closes = [server.close(), server.close()]
    #expect(closes == [true, false])
  }

  @Test func aClientOnlyStopsOpeningStreams() {
    var client = ConnectionLifecycle(acceptsStreams: false)
    client.secured()
    #expect(client.mayOpenStreams)
    #expect(client.beginDrain() == .nothing)
    #expect(!client.mayOpenStreams && client.closesWithLastStream)
  }

  @Test func aPeerThatGoesAwayIsNewsOnce() {
    var client = ConnectionLifecycle(acceptsStreams: false)
    client.secured()
    let isNews = [client.peerIsGoingAway(), client.peerIsGoingAway()]
    #expect(isNews == [true, false])
    var server = ConnectionLifecycle(acceptsStreams: true)
    server.secured()
    let isNewsToServer = server.peerIsGoingAway()
    #expect(!isNewsToServer)
  }

  @Test func drainingAHandshakeEndsIt() {
    var connection = ConnectionLifecycle(acceptsStreams: true)
    #expect(connection.beginDrain() == .closeNow)
  }
}

@Suite struct ConnectionTimersTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  private func timers(_ change: (inout ConnectionTimers.Policy) -> Void = { _ in })
    -> ConnectionTimers
  {
    var policy = ConnectionTimers.Policy(TransportLimits())
    change(&policy)
    return ConnectionTimers(policy, now: start)
  }

  @Test func theHandshakeHasTenSeconds() {
    var timers = timers()
    #expect(timers.deadline == nil)
    timers.connected(now: start)
    #expect(timers.deadline == start + .seconds(10))
    #expect(timers.due(now: start + .seconds(9)) == [])
    #expect(timers.due(now: start + .seconds(10)) == [.handshakeTimedOut])
  }

  @Test func silenceIsAnsweredByAPingAndThenTheEnd() {
    var timers = timers()
    timers.connected(now: start)
    timers.secured(now: start)
    #expect(timers.due(now: start + .seconds(10)) == [])
    timers.received(now: start + .seconds(20))
    #expect(timers.due(now: start + .seconds(30)) == [])
    #expect(timers.due(now: start + .seconds(50)) == [.sendPing])
    #expect(timers.due(now: start + .seconds(79)) == [])
    #expect(timers.due(now: start + .seconds(80)) == [.keepaliveTimedOut])
    #expect(timers.due(now: start + .seconds(200)) == [])
  }

  @Test func anAnsweredPingStartsOver() {
    var timers = timers()
    timers.secured(now: start)
    #expect(timers.due(now: start + .seconds(30)) == [.sendPing])
    timers.received(now: start + .seconds(31))
    timers.pingAcknowledged()
    #expect(timers.deadline == start + .seconds(61))
  }

  @Test func ageIsSpread() {
    var limits = TransportLimits()
    limits.maximumConnectionAge = .seconds(1_000)
    var ages: Set<Int64> = []
    for _ in 0..<100 {
      var policy = ConnectionTimers.Policy(limits)
      policy.endAtAge(of: limits)
      let age = policy.age?.nanoseconds ?? 0
      #expect((900_000_000_000...1_100_000_000_000).contains(age))
      ages.insert(age)
    }
    #expect(ages.count > 50)
  }

  @Test func drainingHasItsOwnDeadlines() {
    var timers = timers {
      $0.age = .seconds(100)
      $0.keepaliveInterval = nil
    }
    timers.secured(now: start)
    #expect(timers.due(now: start + .seconds(100)) == [.ageReached])
    timers.grace(.seconds(60), now: start + .seconds(100))
    timers.announced(now: start + .seconds(100))
    #expect(timers.due(now: start + .seconds(105)) == [.announcementSeen])
    timers.draining()
    // A shorter grace counts, a longer one does not.
    timers.grace(.seconds(600), now: start + .seconds(106))
    #expect(timers.due(now: start + .seconds(160)) == [.graceEnded])
  }

  @Test func stallsAreLookedForWhileStreamsAreOpen() {
    var timers = timers { $0.keepaliveInterval = nil }
    timers.secured(now: start)
    #expect(timers.deadline == nil)
    timers.hasStreams(true, now: start)
    #expect(timers.due(now: start + .seconds(15)) == [.checkStalledStreams])
    #expect(timers.deadline == start + .seconds(30))
    timers.hasStreams(false, now: start)
    #expect(timers.deadline == nil)
  }
}

@Suite struct StallWatchTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test func onlyAStallWithoutProgressExpires() {
    var watch = StallWatch(timeout: .seconds(60))
    #expect(watch.check([1, 3], now: start) == [])
    watch.progressed(3)
    #expect(watch.check([1, 3], now: start + .seconds(30)) == [])
    #expect(watch.check([1, 3], now: start + .seconds(60)) == [1])
    #expect(watch.check([3], now: start + .seconds(89)) == [])
    #expect(watch.check([], now: start + .seconds(90)) == [])
    #expect(watch.check([3], now: start + .seconds(91)) == [])
  }
}

@Suite struct SpliceStateTests {
  @Test func twoHalfClosesAreAGoodEnd() {
    var state = SpliceState()
    guard case .none = state.closed(.worker, nil), case .some(nil) = state.closed(.agent, nil)
    else {
      Issue.record("not a good end")
      return
    }
  }

  @Test func theFirstReasonCounts() {
    var state = SpliceState()
    state.fail(RelayError(code: .idle, message: ""))
    guard case .none = state.closed(.worker, RelayError(code: .reset, message: "")) else {
      Issue.record("ended with one leg open")
      return
    }
    let outcome = state.closed(.agent, RelayError(code: .connectionLost, message: ""))
    #expect(outcome??.code == .idle)
  }

  @Test func idlenessNeedsAWholeTimeout() {
    var watch = IdleWatch(0)
    let answers = [0, 0, 0, 1, 1, 1, 1, 1].map { watch.sample($0) }
    #expect(answers == [false, false, false, false, false, false, false, true])
  }
}

@Suite struct HandshakeGateTests {
  @Test func bothBoundsHold() {
    let gate = HandshakeGate(maximum: 3, maximumPerAddress: 2)
    #expect(gate.enter("a"))
    #expect(gate.enter("a"))
    #expect(!gate.enter("a"))
    #expect(gate.enter("b"))
    #expect(!gate.enter("c"))
    gate.leave("a")
    #expect(gate.enter("c"))
    gate.leave("c")
    #expect(gate.enter("a"))
  }
}
