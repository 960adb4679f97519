import GRPCCore
import NIOCore
import NIOPosix
import SallyportCore
import SallyportRelay
import Synchronization
import Testing

@testable import SallyportTransport

@Suite struct ConnectionLifecycleTests {
  @Test func aServerAnnouncesItsEndBeforeItSaysWhichStreamsCount() {
    var server = ConnectionLifecycle(acceptsStreams: true)
    _ = server.secured()
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
    _ = client.secured()
    #expect(client.mayOpenStreams)
    #expect(client.beginDrain() == .nothing)
    #expect(!client.mayOpenStreams && client.closesWithLastStream)
  }

  @Test func aPeerThatGoesAwayIsNewsOnce() {
    var client = ConnectionLifecycle(acceptsStreams: false)
    _ = client.secured()
    let isNews = [client.peerIsGoingAway(), client.peerIsGoingAway()]
    #expect(isNews == [true, false])
    var server = ConnectionLifecycle(acceptsStreams: true)
    _ = server.secured()
    let isNewsToServer = server.peerIsGoingAway()
    #expect(!isNewsToServer)
  }

  @Test func drainingAHandshakeEndsItForAClientAndIsPutOffByAServer() {
    var client = ConnectionLifecycle(acceptsStreams: false)
    #expect(client.beginDrain() == .closeNow)
    var server = ConnectionLifecycle(acceptsStreams: true)
    #expect(server.beginDrain() == .nothing)
    #expect(!server.isClosed)
    let isToDrain = server.secured()
    #expect(isToDrain)
    #expect(server.beginDrain() == .announce)
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

  @Test func theHandshakeEndsWithTheAcknowledgementOfOurSettings() {
    var timers = timers { $0.keepaliveInterval = nil }
    timers.connected(now: start)
    timers.secured(now: start + .seconds(1))
    #expect(timers.deadline == start + .seconds(10))
    timers.confirmed()
    #expect(timers.deadline == nil)
  }

  @Test func aPingHasToBeAnsweredWhateverElseArrives() {
    var timers = timers()
    timers.secured(now: start)
    #expect(timers.due(now: start + .seconds(30)) == [.sendPing])
    for second in 31..<150 {
      timers.received(now: start + .seconds(Int64(second)))
      #expect(timers.due(now: start + .seconds(Int64(second))) == [])
    }
    #expect(timers.due(now: start + .seconds(150)) == [.keepaliveTimedOut])
  }

  @Test func callsAndRelaysHaveTheirOwnTimeAfterTheAge() {
    var timers = timers {
      $0.age = .seconds(100)
      $0.agedCallGrace = .seconds(10)
      $0.keepaliveInterval = nil
    }
    timers.secured(now: start)
    #expect(timers.due(now: start + .seconds(100)) == [.ageReached])
    timers.grace(.seconds(50), now: start + .seconds(100))
    timers.draining()
    #expect(timers.due(now: start + .seconds(110)) == [.callGraceEnded])
    #expect(timers.due(now: start + .seconds(150)) == [.graceEnded])
  }

  @Test func silenceIsAnsweredByAPingAndThenTheEnd() {
    var timers = timers()
    timers.connected(now: start)
    timers.secured(now: start)
    timers.confirmed()
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
    watch.progressed(3, bytes: StallWatch.minimumProgress) { false }
    #expect(watch.check([1, 3], now: start + .seconds(30)) == [])
    #expect(watch.check([1, 3], now: start + .seconds(60)) == [1])
    #expect(watch.check([3], now: start + .seconds(89)) == [])
    #expect(watch.check([], now: start + .seconds(90)) == [])
    #expect(watch.check([3], now: start + .seconds(91)) == [])
  }

  @Test func openingTheWindowByteByByteIsNoProgress() {
    var watch = StallWatch(timeout: .seconds(60))
    #expect(watch.check([1], now: start) == [])
    for second in 1..<60 {
      watch.progressed(1, bytes: 1) { false }
      #expect(watch.check([1], now: start + .seconds(Int64(second))) == [])
    }
    #expect(watch.check([1], now: start + .seconds(60)) == [1])
  }

  @Test func aStreamWithoutMoreToSendIsNotStalled() {
    var watch = StallWatch(timeout: .seconds(60))
    #expect(watch.check([1], now: start) == [])
    watch.progressed(1, bytes: 1) { true }
    #expect(watch.check([1], now: start + .seconds(60)) == [])
    #expect(watch.check([1], now: start + .seconds(119)) == [])
    #expect(watch.check([1], now: start + .seconds(120)) == [1])
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

@Suite struct RemoteNetworkTests {
  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:aaaa::1", "20:1:d:b8:0:1:0:2::/64"),
    ("2001:db8:1:2:bbbb::2", "20:1:d:b8:0:1:0:2::/64"),
    ("2001:db8:1:3::1", "20:1:d:b8:0:1:0:3::/64"),
  ])
  func oneNetworkCountsAsOne(address: String, network: String) throws {
    #expect(try SocketAddress(ipAddress: address, port: 1).network == network)
  }
}

@Suite struct ClientTransportStateTests {
  private let peer = ConnectedPeer(
    connection: LoopReference(eventLoop: MultiThreadedEventLoopGroup.singleton.any()),
    remotePeer: "", localPeer: "")
  private let goAway = RPCError(code: .unavailable, message: "")

  @Test func aServerThatGoesAwayEarlyLeavesAConnectionToClose() {
    var state = ClientTransportState()
    _ = state.beginConnecting()
    _ = state.unusable(goAway, isGone: false)
    _ = state.connected(peer)
    guard case .failed = state.lookup() else {
      Issue.record("calls would be sent")
      return
    }
    let peerToClose = state.shutDown().peer
    #expect(peerToClose != nil)
  }

  @Test func aShutdownWhileConnectingClosesWhatComesOfIt() {
    var state = ClientTransportState()
    _ = state.beginConnecting()
    _ = state.unusable(goAway, isGone: false)
    let shutdown = state.shutDown()
    #expect(shutdown.peer == nil)
    #expect(shutdown.isConnecting)
    let waiters = state.connected(peer)
    #expect(waiters == nil)
  }

  @Test func aConnectionThatIsGoneIsNotWaitedFor() {
    var state = ClientTransportState()
    _ = state.beginConnecting()
    _ = state.unusable(goAway, isGone: false)
    _ = state.unusable(goAway, isGone: true)
    _ = state.connected(peer)
    let shutdown = state.shutDown()
    #expect(shutdown.peer == nil)
    #expect(!shutdown.isConnecting)
  }
}

@Suite struct InboundQueueTests {
  @Test func smallPiecesThatWaitAreGathered() async throws {
    let queue = InboundQueue<ByteBuffer> { $0.gather($1) }
    for _ in 0..<10_000 { #expect(queue.push(ByteBuffer(string: "a"), cost: 1) == 0) }
    queue.finish()
    let released = Mutex(0)
    var sizes: [Int] = []
    while let piece = try await queue.next({ demand in
      released.withLock { $0 += demand.released }
    }) {
      sizes.append(piece.readableBytes)
    }
    #expect(sizes == [4_096, 4_096, 1_808])
    // What is below the threshold would be reported when the reader waits; here it never does.
    #expect(released.withLock { $0 } == 0)
  }

  @Test func takenBytesAreReportedTogether() async throws {
    let queue = InboundQueue<ByteBuffer>()
    for _ in 0..<5 { _ = queue.push(ByteBuffer(repeating: 0, count: 16_384), cost: 16_384) }
    queue.finish()
    let released = Mutex<[Int]>([])
    while try await queue.next({ demand in
      released.withLock { $0.append(demand.released) }
    }) != nil {}
    #expect(released.withLock { $0 } == [32_768, 32_768])
  }

  @Test func heldPiecesWakeTheReaderOnce() async throws {
    let queue = InboundQueue<Int>()
    // So that a reader that waits says so.
    _ = queue.setHasPartialElement(true)
    let (waits, isWaiting) = AsyncStream<Void>.makeStream()
    let reader = Task {
      var elements: [Int] = []
      while let element = try await queue.next({ _ in isWaiting.yield() }) {
        elements.append(element)
      }
      return elements
    }
    var signals = waits.makeAsyncIterator()
    _ = await signals.next()
    queue.hold(0, cost: 7)
    queue.hold(1, cost: 5)
    #expect(queue.deliver() == 7)
    #expect(queue.deliver() == 0)
    queue.hold(2, cost: 3)
    queue.finish()
    #expect(try await reader.value == [0, 1, 2])
  }
}
