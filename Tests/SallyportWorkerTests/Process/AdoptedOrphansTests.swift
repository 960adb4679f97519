import SallyportCore
import Synchronization
import Testing

@testable import SallyportWorker

@Suite(.timeLimit(.minutes(1))) struct AdoptedOrphansTests {
  /// Jobs that run at the same time have the user's keyrings in common.
  @Test func keyringsAreClearedAtTheStartAndWhenTheLastJobHasEnded() throws {
    let cleared = Mutex(0)
    let orphans = AdoptedOrphans()
    orphans.clearKeyringsBetweenJobs { cleared.withLock { $0 += 1 } }
    #expect(cleared.withLock(\.self) == 1)
    let jobs = try (0..<2).map { _ in try orphans.spawn(executable: WorkerExecutable.path).job }
    for job in jobs { job.abandon() }
    orphans.remove(jobs[0].supervisor)
    #expect(cleared.withLock(\.self) == 1)
    orphans.remove(jobs[1].supervisor)
    #expect(cleared.withLock(\.self) == 2)
  }
}
