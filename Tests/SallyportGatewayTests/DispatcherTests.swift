import SallyportCore
import SallyportStore
import Synchronization
import Testing

@testable import SallyportGateway

@Suite struct DispatcherTests {
  private let pool = PoolKey(
    tenant: TenantName(unchecked: "acme"), pool: PoolName(unchecked: "linux"))

  @Test("a wake goes to one session, the one that has waited longest")
  func oneAtATime() {
    var waiting = WaitingSessions()
    let sessions = (0..<3).map { _ in SessionID.random() }
    for session in sessions { _ = waiting.wait(session, since: 0) }
    let first = waiting.wake()
    waiting.leave(sessions[1])
    let woken = [first, waiting.wake(), waiting.wake()]
    #expect(woken == [sessions[0], sessions[2], nil])
  }

  @Test("a session that looked before the job came is sent back to look again")
  func lostWake() {
    var waiting = WaitingSessions()
    let session = SessionID.random()
    let seen = waiting.generation
    let nobody = waiting.wake()
    // Waiting twice is waiting once.
    let waits = [seen, waiting.generation, waiting.generation]
      .map { waiting.wait(session, since: $0) }
    let woken = [waiting.wake(), waiting.wake()]
    #expect(nobody == nil)
    #expect(waits == [false, true, true])
    #expect(woken == [session, nil])
  }

  @Test("a wake for a job passes over those who have rejected it")
  func exclusions() {
    var waiting = WaitingSessions()
    let sessions = (0..<2).map { _ in SessionID.random() }
    let job = ReadyJob(id: .random())
    _ = waiting.wait(sessions[0], since: 0, excluding: [job.id])
    _ = waiting.wait(sessions[1], since: 0)
    let woken = [
      waiting.wake(for: job), waiting.wake(for: job), waiting.wake(for: ReadyJob(id: .random())),
    ]
    #expect(woken == [sessions[1], nil, sessions[0]])
  }

  @Test("a wake that was on its way to a session that leaves goes to the next")
  func passedOn() {
    let dispatcher = Dispatcher()
    let woken = Mutex<[Int]>([])
    let sessions = (0..<3).map { _ in SessionID.random() }
    for (index, session) in sessions.enumerated() {
      dispatcher.join(session) { _ in woken.withLock { $0.append(index) } }
      let waits = dispatcher.settle(
        session, pool, view: dispatcher.view(of: pool), shortage: .noJobs, took: false, wanted: 1)
      #expect(waits)
    }
    dispatcher.wake(pool)
    dispatcher.leave(sessions[0], pool)
    #expect(woken.withLock { $0 } == [0, 1])
    let other = PoolKey(tenant: TenantName(unchecked: "globex"), pool: pool.pool)
    dispatcher.wake(other)
    #expect(woken.withLock { $0 } == [0, 1])
  }

  @Test("denials are counted while the budget of their interval is used up")
  func denialBudget() {
    let start = TestClock().now
    var budget = DenialBudget(start: start)
    func spend(_ seconds: Int) -> Int? {
      budget.spend(at: start + .seconds(seconds), limit: 2, interval: .seconds(60))
    }
    let first = [spend(0), spend(1), spend(2), spend(59)]
    #expect(first == [0, 0, nil, nil])
    let second = [spend(60), spend(61), spend(62)]
    #expect(second == [2, 0, nil])
  }
}
