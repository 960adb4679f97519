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
        session, pool, view: dispatcher.view(of: pool), shortage: .noJobs, took: [], wanted: 1)
      #expect(waits)
    }
    dispatcher.wake(pool)
    dispatcher.leave(sessions[0], pool)
    #expect(woken.withLock { $0 } == [0, 1])
    let other = PoolKey(tenant: TenantName(unchecked: "globex"), pool: pool.pool)
    dispatcher.wake(other)
    #expect(woken.withLock { $0 } == [0, 1])
  }

  @Test("a job that its wake's session did not take, because it got another one, wakes the next")
  func notTaken() {
    let dispatcher = Dispatcher()
    let woken = Mutex<[String]>([])
    let sessions = (0..<3).map { _ in SessionID.random() }
    let labels = [["a": "1"], ["a": "1", "b": "1"], ["b": "1"]]
    for (index, session) in sessions.enumerated() {
      dispatcher.join(session, labels: labels[index]) { job in
        woken.withLock { $0.append("\(index)\(job?.selector.keys.first ?? "-")") }
      }
      _ = dispatcher.settle(
        session, pool, view: dispatcher.view(of: pool), shortage: .noJobs, took: [], wanted: 1)
    }
    let older = ReadyJob(id: .random(), selector: ["a": "1"])
    let newer = ReadyJob(id: .random(), selector: ["b": "1"])
    dispatcher.wake(pool, for: older)
    dispatcher.wake(pool, for: newer)
    #expect(woken.withLock { $0 } == ["0a", "1b"])
    // The second is faster, and gets what the first was woken for.
    let isSettled = dispatcher.settle(
      sessions[1], pool, view: dispatcher.view(of: pool), shortage: nil, took: [older.id],
      wanted: 0)
    #expect(isSettled)
    #expect(woken.withLock { $0 } == ["0a", "1b", "2b"])
    // What it took wakes nobody again.
    dispatcher.leave(sessions[1], pool)
    #expect(woken.withLock { $0 } == ["0a", "1b", "2b"])
  }

  @Test("who waits for a slot goes on waiting where it cannot take one job")
  func declines() {
    let dispatcher = Dispatcher()
    let woken = Mutex<[Int]>([])
    let sessions = (0..<2).map { _ in SessionID.random() }
    for (index, session) in sessions.enumerated() {
      dispatcher.join(session) { _ in woken.withLock { $0.append(index) } }
      _ = dispatcher.settle(
        session, pool, view: dispatcher.view(of: pool), shortage: .pool, took: [], wanted: 1)
    }
    dispatcher.decline(sessions[0], pool, for: ReadyJob(id: .random()))
    dispatcher.freed(pool)
    #expect(woken.withLock { $0 } == [0])
    // It has no room after all: the slot is for the next.
    dispatcher.decline(sessions[0], pool, for: nil)
    #expect(woken.withLock { $0 } == [0, 1])
  }

  @Test("a slot that is freed, or a cap that changes, between a claim and its end is not missed")
  func changesMeanwhile() {
    let dispatcher = Dispatcher()
    let session = SessionID.random()
    dispatcher.join(session) { _ in }
    let shortages: [ClaimShortage] = [.pool, .tenant(others: []), .gateway(others: [])]
    for shortage in shortages {
      let view = dispatcher.view(of: pool)
      dispatcher.freed(pool)
      let waits = dispatcher.settle(
        session, pool, view: view, shortage: shortage, took: [], wanted: 1)
      #expect(!waits)
    }
    let fresh = Dispatcher()
    fresh.join(session) { _ in }
    let view = fresh.view(of: pool)
    fresh.tenantsChanged()
    let waits = fresh.settle(
      session, pool, view: view, shortage: .tenant(others: []), took: [], wanted: 1)
    #expect(!waits)
  }

  @Test("a slot of a tenant goes to the pool whose turn it is; all look again when told to")
  func turns() {
    let dispatcher = Dispatcher()
    let other = PoolKey(tenant: pool.tenant, pool: PoolName(unchecked: "mac"))
    let woken = Mutex<[Int]>([])
    let sessions = (0..<3).map { _ in SessionID.random() }
    for (index, session) in sessions.enumerated() {
      dispatcher.join(session) { _ in woken.withLock { $0.append(index) } }
      // The last one finds that the other pool comes first.
      let others = index == 2 ? [other.pool] : []
      let key = index == 1 ? other : pool
      _ = dispatcher.settle(
        session, key, view: dispatcher.view(of: key), shortage: .tenant(others: others), took: [],
        wanted: 1)
    }
    #expect(woken.withLock { $0 } == [1])
    dispatcher.lookAgain()
    #expect(woken.withLock { $0 } == [1, 0, 2])
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
