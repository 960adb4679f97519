import NIOCore

/// Runs tasks on an event loop, so that a call's handler and its connection meet without a change of
/// threads: under load, each change waits for a turn on a processor.
///
/// What runs here must not block and not compute for long. What does so runs on executors of its own.
final class LoopTaskExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
