import SallyportConfig
import SallyportCore
import SallyportProtos

/// Watches a job from its submission to its end.
package struct JobFollowing: Sendable {
  private let session: OperatorSession
  private let job: String

  package init(session: OperatorSession, job: String) {
    self.session = session
    self.job = job
  }

  private struct Interrupted: Error {}

  /// Streams the log and returns when the job has ended. With JSON, the job is the last line.
  ///
  /// - Throws: ``ErrorReport`` with the exit code of the job (see ``JobExitCode``) where it is not
  ///   zero. On the first SIGINT the job is left alone, and the report says how to go on.
  @MainActor package func run(_ options: LogPrinter.Options) async throws {
    let console = session.context.console
    do {
      try await untilInterrupted {
        try await LogFollowing(
          session: session, job: job, follower: LogFollower(follow: true),
          printer: LogPrinter(console: console, options: options)
        ).run()
      }
    } catch is Interrupted {
      throw ErrorReport(
        "no longer following; job \(job) goes on: 'sallyport job logs -f \(job)' follows it again, "
          + "'sallyport job cancel \(job)' ends it", exitCode: JobExitCode.detached)
    }
    let ended = try await session.job(job)
    if options.json {
      try console.write(Array(JSONOutput.line(JobView(ended)).utf8), to: .output)
    }
    let code = JobExitCode.code(for: ended)
    guard code != 0 else { return }
    throw ErrorReport(JobExitCode.explanation(for: ended), exitCode: code)
  }

  @MainActor private func untilInterrupted(
    _ body: @escaping @MainActor @Sendable () async throws -> Void
  ) async throws {
    let interrupt = session.context.interrupt
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await interrupt()
        throw Interrupted()
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
