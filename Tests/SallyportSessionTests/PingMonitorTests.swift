import SallyportSession
import Testing

@Suite struct PingMonitorTests {
  @Test func twoMissesInARowAreDeath() {
    var monitor = PingMonitor(firstNonce: 7)
    #expect(monitor.tick() == .send(nonce: 7))
    #expect(monitor.tick() == .send(nonce: 8))
    #expect(monitor.tick() == .dead)
    #expect(monitor.tick() == .dead)
  }

  @Test func anAnswerStartsTheCountOver() {
    var monitor = PingMonitor(firstNonce: 0)
    for nonce in 0..<100 as Range<UInt64> {
      #expect(monitor.tick() == .send(nonce: nonce))
      if nonce.isMultiple(of: 2) { monitor.receivedPong(nonce: nonce) }
    }
    #expect(monitor.tick() == .send(nonce: 100))
    #expect(monitor.tick() == .dead)
  }

  @Test func oldForeignAndRepeatedAnswersProveNothing() {
    var monitor = PingMonitor(firstNonce: 10)
    _ = monitor.tick()
    monitor.receivedPong(nonce: 10)
    _ = monitor.tick()
    monitor.receivedPong(nonce: 10)
    monitor.receivedPong(nonce: 99)
    #expect(monitor.tick() == .send(nonce: 12))
    monitor.receivedPong(nonce: 11)
    #expect(monitor.tick() == .dead)
    monitor.receivedPong(nonce: 12)
    #expect(monitor.tick() == .dead)
  }

  @Test func noncesWrapAround() {
    var monitor = PingMonitor(firstNonce: .max)
    #expect(monitor.tick() == .send(nonce: .max))
    monitor.receivedPong(nonce: .max)
    #expect(monitor.tick() == .send(nonce: 0))
  }
}
