import SallyportStore
import Testing

@testable import SallyportGateway

@Suite struct OutageMonitorTests {
  private let start = Timestamp(seconds: 1_000)
  private var monitor = OutageMonitor(interval: .seconds(1), heartbeatInterval: .seconds(5))

  private func at(_ seconds: Int) -> Timestamp { start + .seconds(seconds) }

  @Test("nothing is swept before the store has been resumed")
  func first() {
    for second in 0..<10 { #expect(monitor.step(at: at(second)) == .resume) }
  }

  @Test("a loop that comes by in time sweeps, with a heartbeat now and then")
  mutating func regular() {
    monitor.resumed(at: start)
    var beats: [Int] = []
    for second in 1...20 {
      switch monitor.step(at: at(second)) {
      case .resume: Issue.record("an outage at \(second)")
      case .beat:
        beats.append(second)
        monitor.beaten(at: at(second))
      case .sweep: break
      }
      monitor.visited(at: at(second))
    }
    #expect(beats == [5, 10, 15, 20])
  }

  @Test(
    "a loop that comes late, or to a clock that went back, stood still", arguments: [5, 600, -1])
  mutating func late(by seconds: Int) {
    monitor.resumed(at: start)
    monitor.visited(at: at(1))
    #expect(monitor.step(at: at(1 + seconds)) == .resume)
  }

  @Test("after a failure of the store, it is resumed before anything is swept")
  mutating func failure() {
    monitor.resumed(at: start)
    monitor.failed()
    for second in 1..<5 {
      #expect(monitor.step(at: at(second)) == .resume)
      monitor.visited(at: at(second))
    }
    monitor.resumed(at: at(5))
    #expect(monitor.step(at: at(6)) == .sweep)
  }
}
