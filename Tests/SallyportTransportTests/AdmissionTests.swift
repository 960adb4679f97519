import NIOCore
import Testing

@testable import SallyportTransport

@Suite struct AdmissionTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  private func admission(
    handshakes: Int = 3, perAddress: Int = 2, rate: Int = 100, waiting: Int = 6
  ) -> Admission {
    Admission(
      .init(
        handshakes: handshakes, handshakesPerAddress: perAddress, rate: rate, waiting: waiting,
        patience: .seconds(10), progress: .seconds(1)), now: start)
  }

  @Test func bothBoundsHoldAndNobodyIsTurnedAway() {
    var admission = admission()
    #expect(admission.arrived(1, from: "a", now: start) == [.start(1)])
    #expect(admission.arrived(2, from: "a", now: start) == [.start(2)])
    #expect(admission.arrived(3, from: "a", now: start) == [])
    #expect(admission.arrived(4, from: "b", now: start) == [.start(4)])
    #expect(admission.arrived(5, from: "c", now: start) == [])
    #expect(admission.ended(handshakeFrom: "a", isKnown: true, now: start) == [.start(5)])
    #expect(admission.ended(handshakeFrom: "b", isKnown: true, now: start) == [.start(3)])
    #expect(admission.waiting == 0)
  }

  @Test func whoLeavesGetsNoTurn() {
    var admission = admission(handshakes: 1)
    #expect(admission.arrived(1, from: "a", now: start) == [.start(1)])
    for id in 2...4 { #expect(admission.arrived(UInt64(id), from: "b", now: start) == []) }
    #expect(admission.left(2, from: "b", now: start) == [.close(2)])
    #expect(admission.left(2, from: "b", now: start) == [])
    #expect(admission.left(1, from: "a", now: start) == [])
    #expect(admission.left(9, from: "c", now: start) == [])
    #expect(admission.waiting == 2)
    #expect(admission.ended(handshakeFrom: "a", isKnown: true, now: start) == [.start(3)])
    #expect(admission.left(4, from: "b", now: start) == [.close(4)])
    #expect(admission.ended(handshakeFrom: "b", isKnown: true, now: start) == [])
    #expect(admission.arrived(5, from: "b", now: start) == [.start(5)])
  }

  @Test func addressesThatAreDoneWithAreForgotten() {
    var admission = admission(handshakes: 1, perAddress: 1, rate: 100, waiting: 10_000)
    #expect(admission.arrived(0, from: "held", now: start) == [.start(0)])
    for id in 1...1_000 {
      #expect(admission.arrived(UInt64(id), from: "\(id)", now: start) == [])
    }
    for id in 1...500 {
      #expect(admission.left(UInt64(id), from: "\(id)", now: start) == [.close(UInt64(id))])
    }
    #expect(admission.knownAddresses == 501)
    let late = start + .seconds(11)
    #expect(admission.due(late).count == 500)
    #expect(admission.waiting == 0 && admission.knownAddresses == 1)
    #expect(admission.ended(handshakeFrom: "held", isKnown: true, now: late) == [])
    #expect(admission.knownAddresses == 0)
  }

  @Test func theBoundOfAnAddressHoldsWhenItIsBack() {
    var admission = admission(handshakes: 2, perAddress: 1, rate: 100, waiting: 100)
    #expect(admission.arrived(1, from: "a", now: start) == [.start(1)])
    #expect(admission.arrived(2, from: "b", now: start) == [.start(2)])
    for id in 3...5 { #expect(admission.arrived(UInt64(id), from: "a", now: start) == []) }
    #expect(admission.ended(handshakeFrom: "a", isKnown: true, now: start) == [.start(3)])
    #expect(admission.ended(handshakeFrom: "b", isKnown: true, now: start) == [])
    #expect(admission.ended(handshakeFrom: "a", isKnown: true, now: start) == [.start(4)])
  }

  @Test func addressesTakeTurns() {
    var admission = admission(handshakes: 1, perAddress: 1)
    #expect(admission.arrived(1, from: "a", now: start) == [.start(1)])
    for id in 2...4 { #expect(admission.arrived(UInt64(id), from: "a", now: start) == []) }
    #expect(admission.arrived(5, from: "b", now: start) == [])
    #expect(admission.ended(handshakeFrom: "a", isKnown: true, now: start) == [.start(5)])
    #expect(admission.ended(handshakeFrom: "b", isKnown: true, now: start) == [.start(2)])
  }

  @Test func handshakesBeginAtTheirRate() throws {
    var admission = admission(handshakes: 1_000, perAddress: 1_000, rate: 10, waiting: 1_000)
    var started = 0
    for id in 0..<50 {
      started += admission.arrived(UInt64(id), from: "a", now: start).count
    }
    #expect(started == 10)
    var now = start
    while admission.waiting > 0 {
      let next = try #require(admission.deadline(now))
      #expect(next > now)
      now = next
      started += admission.due(now).count
    }
    #expect(started == 50)
    #expect(
      (.seconds(4) - .milliseconds(1)...(.seconds(4) + .milliseconds(1))).contains(now - start))
  }

  @Test func aFullRoomIsNotAddedToUnlessWhoFillsItStalls() {
    var admission = admission(waiting: 6)
    for id in 1...7 { _ = admission.arrived(UInt64(id), from: "stalling", now: start) }
    #expect(admission.waiting == 5 && admission.acceptsMore)
    #expect(admission.arrived(8, from: "stalling", now: start) == [])
    // Full; whether it stalls remains to be seen.
    #expect(!admission.acceptsMore)
    let later = start + .seconds(1)
    // Its share is half of the room: two addresses could be.
    #expect(admission.due(later) == [.close(6), .close(7), .close(8)])
    #expect(admission.acceptsMore)
    #expect(admission.arrived(9, from: "honest", now: later) == [.start(9)])
  }

  @Test func anAddressThatComesThroughKeepsItsPlaces() {
    var admission = admission(waiting: 6)
    for id in 1...8 { _ = admission.arrived(UInt64(id), from: "many", now: start) }
    let later = start + .milliseconds(900)
    #expect(admission.ended(handshakeFrom: "many", isKnown: true, now: later) == [.start(3)])
    #expect(admission.arrived(9, from: "many", now: start + .seconds(1)) == [])
    #expect(!admission.acceptsMore)
    #expect(admission.due(start + .seconds(1)) == [])
  }

  @Test func whoHasWaitedTooLongIsClosed() {
    var admission = admission(handshakes: 1, perAddress: 1)
    _ = admission.arrived(1, from: "a", now: start)
    _ = admission.arrived(2, from: "b", now: start)
    #expect(admission.due(start + .seconds(9)) == [])
    #expect(admission.due(start + .seconds(10)) == [.close(2)])
    #expect(admission.deadline(start + .seconds(10)) == nil)
    #expect(admission.ended(handshakeFrom: "a", isKnown: false, now: start + .seconds(11)) == [])
  }
}
