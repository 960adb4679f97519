internal import Dispatch
import NIOCore
import Synchronization

/// Where the tasks run that use one event loop's connections, calls that come in on them or those that
/// a ``ClientLoop`` is for: on that loop, or on the shared pool while the loop carries relays.
///
/// A task that meets its connection without a change of threads does not wait for a processor to
/// wake up. Where relays move bytes, it would wait for their turns instead, at each of its steps.
///
/// What runs here must not block and not compute for long. What does so runs on executors of its own.
final class LoopTaskExecutor: TaskExecutor {
  let eventLoop: any EventLoop
  private let relays = Atomic<Int>(0)

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    run { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Calls `body` where a task would run, never inside this call.
  func run(_ body: @escaping @Sendable () -> Void) {
    if relays.load(ordering: .relaxed) == 0 {
      eventLoop.execute(body)
    } else {
      DispatchQueue.global().async(execute: body)
    }
  }

  func relayBegan() { relays.add(1, ordering: .relaxed) }

  func relayEnded() { relays.subtract(1, ordering: .relaxed) }
}
