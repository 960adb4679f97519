package import SallyportCore
import Synchronization

/// The handle by which the session, the lease and the operating system's signals reach one running
/// attempt, whatever stage it is in.
package final class AttemptControl: Sendable {
  /// Why an attempt is to end.
  package struct Stop: Hashable, Sendable {
    package var reason: StopReason
    /// For people; at most one line.
    package var detail: String

    package init(_ reason: StopReason, detail: String) {
      self.reason = reason
      self.detail = detail
    }
  }

  private struct State {
    var fence: BootInstant
    var process: SupervisedJob?
  }

  package let attempt: AttemptID
  /// Set once the attempt is to end before its time.
  package let stopped = Latch<Stop>()
  /// Set once the gateway has said that it knows of the lease.
  private let confirmed = Latch<Bool>()
  private let state: Mutex<State>
  private let cancelGrace: Duration

  /// - Parameter cancelGrace: From SIGTERM to SIGKILL when the attempt is cancelled or drained.
  package init(attempt: AttemptID, fence: BootInstant, cancelGrace: Duration) {
    self.attempt = attempt
    self.cancelGrace = cancelGrace
    state = Mutex(State(fence: fence))
  }

  /// When the attempt must be dead unless its lease is renewed.
  package var fence: BootInstant { state.withLock { $0.fence } }

  /// Throws where the attempt may do nothing any more: it is stopped, or its lease is over, which
  /// after a stop of this process (SIGSTOP) is known here before anybody has said so.
  func requireLease(now: BootInstant = .now()) throws(AttemptStopped) {
    if let stop = stopped.current { throw AttemptStopped(stop: stop) }
    #if FAULT_POINTS
      if FaultPoint.ignoreFence.isPlanted { return }
    #endif
    if now >= fence { throw AttemptStopped(stop: .init(.fenced, detail: "")) }
  }

  /// Waits until the gateway has answered the first renewal: an acceptance may have come too late,
  /// or may never have arrived, and then another worker has the job.
  ///
  /// - Throws: ``AttemptStopped``; `CancellationError`.
  func leaseConfirmed() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await self.confirmed.wait() }
      group.addTask { throw AttemptStopped(stop: try await self.stopped.wait()) }
      defer { group.cancelAll() }
      try await group.next()
    }
    try requireLease()
  }

  package func renew(until fence: BootInstant) {
    confirmed.set(true)
    let process = state.withLock { state in
      state.fence = fence
      return state.process
    }
    process?.fence(at: fence)
  }

  /// Ends the attempt; the first reason is the one that is reported. A job that is
  /// cancelled or drained gets SIGTERM and a grace, all others SIGKILL at once.
  package func stop(_ stop: Stop) {
    #if FAULT_POINTS
      if stop.reason == .fenced, FaultPoint.ignoreFence.isPlanted { return }
    #endif
    stopped.set(stop)
    forward(stop, to: state.withLock { $0.process })
  }

  /// From here on, stops and renewals reach the process as well.
  func attach(_ process: SupervisedJob) {
    let fence = state.withLock { state in
      state.process = process
      return state.fence
    }
    process.fence(at: fence)
    if let stop = stopped.current { forward(stop, to: process) }
  }

  private func forward(_ stop: Stop, to process: SupervisedJob?) {
    let hasGrace = stop.reason == .cancelled || stop.reason == .drainTimeout
    process?.stop(stop.reason, grace: hasGrace ? cancelGrace : .zero)
  }
}
