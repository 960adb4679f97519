import Glibc
import SallyportCore
import Testing

@testable import SallyportWorker

/// Supervisors that a template has forked; what they then do is tested with all others.
@Suite(.timeLimit(.minutes(2)))
struct SupervisorTemplateTests {
  private func parent(of pid: Int32) -> Int32? { ProcessStatus(of: pid)?.parent }

  @Test func supervisorsAreThisProcessesChildrenInSessionsOfTheirOwn() throws {
    let orphans = AdoptedOrphans()
    let jobs = try (0..<3).map { _ in try orphans.spawn(executable: WorkerExecutable.path).job }
    let template = try #require(orphans.template)
    #expect(Set(jobs.map(\.supervisor.pid) + [template]).count == 4)
    for job in jobs {
      #expect(parent(of: job.supervisor.pid) == getpid())
      // The template answers when it has forked; the session is the supervisor's first act.
      while getsid(job.supervisor.pid) == getsid(template) { sched_yield() }
      #expect(getsid(job.supervisor.pid) == job.supervisor.pid)
      job.abandon()
      #expect(!job.supervisor.exists)
    }
  }

  @Test(arguments: [SIGKILL, SIGSTOP])
  func aTemplateThatDoesNotAnswerIsReplaced(_ signal: Int32) throws {
    let orphans = AdoptedOrphans()
    orphans.prepare(executable: WorkerExecutable.path)
    let first = try #require(orphans.template)
    kill(first, signal)
    let job = try orphans.spawn(executable: WorkerExecutable.path).job
    #expect(parent(of: job.supervisor.pid) == getpid())
    #expect(ProcessStatus(of: first) == nil)
    job.abandon()
    let next = try orphans.spawn(executable: WorkerExecutable.path).job
    #expect(orphans.template != nil && orphans.template != first)
    next.abandon()
  }

  @Test func aTemplateEndsWithItsWorker() throws {
    let pid = try SupervisorTemplate(executable: WorkerExecutable.path).pid
    var status: Int32 = -1
    #expect(waitpid(pid, &status, 0) == pid)
    #expect(ExitStatus(waitStatus: status) == .exited(code: 0))
  }

  @Test func aWorkerWithoutATemplateStartsSupervisorsAllTheSame() async throws {
    let (process, outputs) = try SupervisedJob.spawn(executable: WorkerExecutable.path)
    #expect(parent(of: process.supervisor.pid) == getpid())
    process.abandon()
    #expect(!process.supervisor.exists)
    withExtendedLifetime(outputs) {}
  }
}
