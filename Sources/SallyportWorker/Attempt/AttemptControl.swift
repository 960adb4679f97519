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
  private let state: Mutex<State>
  private let cancelGrace: Duration

  /// - Parameter cancelGrace: From SIGTERM to SIGKILL when the attempt is cancelled.
  package init(attempt: AttemptID, fence: BootInstant, cancelGrace: Duration) {
    self.attempt = attempt
    self.cancelGrace = cancelGrace
    state = Mutex(State(fence: fence))
  }

  /// When the attempt must be dead unless its lease is renewed.
  package var fence: BootInstant { state.withLock { $0.fence } }

  package func renew(until fence: BootInstant) {
    let process = state.withLock { state in
      state.fence = fence
      return state.process
    }
    process?.fence(at: fence)
  }

  /// Ends the attempt; the first reason is the one that is reported. A cancelled job gets SIGTERM
  /// and a grace, all others SIGKILL at once.
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
    process?.stop(stop.reason, grace: stop.reason == .cancelled ? cancelGrace : .zero)
  }
}
