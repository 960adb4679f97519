import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportCLI

@Suite struct DrainProgressTests {
  private func worker(
    connected: Bool = true, draining: Bool = false, running: UInt32 = 0, revoked: Bool = false
  ) -> Sallyport_Operator_V1_Worker {
    .with {
      $0.connected = connected
      $0.draining = draining
      $0.running = running
      $0.revoked = revoked
    }
  }

  @Test func nothingIsOverBeforeTheWorkerSaysThatItDrains() {
    var progress = DrainProgress()
    // Nothing runs, but an offer may be on its way.
    let looks = [worker(), worker(), worker(), worker(draining: true, running: 1)]
    for look in looks { #expect(progress.isOver(look) == false) }
    #expect(progress.isOver(worker(draining: true)) == true)
  }

  @Test func aWorkerThatIsAwayIsWaitedForWhileItRunsSomething() {
    var progress = DrainProgress()
    #expect(progress.isOver(worker(connected: false, running: 2)) == false)
    #expect(progress.isOver(worker(running: 2)) == false)
    #expect(progress.isOver(worker(draining: true, running: 2)) == false)
    #expect(progress.isOver(worker(connected: false)) == true)
    var other = DrainProgress()
    #expect(other.isOver(worker(running: 1, revoked: true)) == true)
  }

  @Test func aNewProcessEndsTheWait() {
    var progress = DrainProgress()
    #expect(progress.isOver(worker(draining: true, running: 1)) == false)
    // It may be the old one, on another connection.
    #expect(progress.isOver(worker(running: 1)) == false)
    #expect(progress.isOver(worker(draining: true, running: 1)) == false)
    #expect(progress.isOver(worker(running: 1)) == false)
    #expect(progress.isOver(worker(running: 1)) == true)
  }
}
