import Synchronization
import Testing

@testable import SallyportGateway

@Suite struct SessionTicksTests {
  @Test("each listener is called once per interval, counted from when it came")
  func intervals() {
    let clock = TestClock()
    let ticks = SessionTicks(clock: clock.gatewayClock, interval: .seconds(10))
    let calls = Mutex<[String]>([])
    func pass(_ seconds: Int) -> [String] {
      clock.advance(by: .seconds(seconds))
      calls.withLock { $0 = [] }
      ticks.callDue()
      return calls.withLock { $0.sorted() }
    }
    let (first, second) = (SessionRegistry(), SessionRegistry())
    ticks.add(first) { calls.withLock { $0.append("first") } }
    #expect(pass(4) == [])
    ticks.add(second) { calls.withLock { $0.append("second") } }
    #expect(pass(5) == [])
    #expect(pass(1) == ["first"])
    #expect(pass(4) == ["second"])
    #expect(pass(60) == ["first", "second"], "missed ticks are not made up for")
    ticks.remove(first)
    #expect(pass(10) == ["second"])
  }
}
