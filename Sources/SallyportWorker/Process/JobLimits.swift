import SallyportCore

/// By when a job's supervisor must have ended its job, whatever it says.
///
/// A job runs as the same user as its supervisor and can stop it (SIGSTOP). The worker keeps the
/// same times therefore and kills a supervisor that lets one of them pass.
struct JobLimits: Sendable {
  /// What the supervisor is given beyond each time, to notice it and to kill everything.
  static let margin = Duration.seconds(5)
  /// The same for the fence: what is left of the shortest usual lease has to do for it and for
  /// killing the job without its supervisor.
  static let fenceMargin = Duration.milliseconds(500)

  /// The deadline and the grace after it; nil before the launch.
  private var timeout: BootInstant?
  private var fence: BootInstant?
  private var stop: (reason: StopReason, killAt: BootInstant)?

  mutating func launched(_ request: LaunchRequest) {
    timeout = request.deadline.advanced(by: request.terminationGrace)
    // Renewals that came before it have moved it already.
    fence = max(fence ?? request.fence, request.fence)
  }

  mutating func fenced(at instant: BootInstant) { fence = instant }

  /// As for the supervisor: the first reason counts, and the shortest grace.
  mutating func stopped(_ reason: StopReason, grace: Duration, now: BootInstant) {
    let killAt = now.advanced(by: grace)
    stop = (stop?.reason ?? reason, min(stop?.killAt ?? killAt, killAt))
  }

  private var ignoresFence: Bool {
    #if FAULT_POINTS
      FaultPoint.ignoreFence.isPlanted
    #else
      false
    #endif
  }

  /// Why the supervisor must not exist any more; nil while it may.
  func overdue(now: BootInstant) -> StopReason? {
    let late = now.advanced(by: .zero - Self.margin)
    if let stop, late >= stop.killAt { return stop.reason }
    if let fence, now.advanced(by: .zero - Self.fenceMargin) >= fence, !ignoresFence {
      return stop?.reason ?? .fenced
    }
    if let timeout, late >= timeout { return stop?.reason ?? .timedOut }
    return nil
  }
}
