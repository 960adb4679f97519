package import NIOCore

/// Waits on an event loop: for tasks that run there, which then change threads neither to begin to wait
/// nor to go on, and leave nothing behind where they are cancelled. `Task.sleep` does both through
/// libdispatch, which wakes two threads each time, and keeps a timer that nobody waits for until it
/// fires.
///
/// Time does not pass while the machine is suspended.
package struct LoopClock: Clock {
  private let eventLoop: any EventLoop

  package init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  package var now: ContinuousClock.Instant { .now }
  package var minimumResolution: Duration { .milliseconds(1) }

  /// - Throws: `CancellationError`.
  package func sleep(
    until deadline: ContinuousClock.Instant, tolerance: Duration? = nil
  ) async throws {
    try Task.checkCancellation()
    let delay = max(now.duration(to: deadline), .zero)
    let alarm = eventLoop.scheduleTask(in: TimeAmount(delay)) {}
    try await withTaskCancellationHandler {
      do {
        try await alarm.futureResult.get()
      } catch {
        // The loop is shut down only with the process.
        throw CancellationError()
      }
    } onCancel: {
      alarm.cancel()
    }
  }
}
