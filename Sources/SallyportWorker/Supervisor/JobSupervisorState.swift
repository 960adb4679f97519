import SallyportCore

/// Decides what a job's supervisor does; ``JobSupervisor`` does it.
///
/// The supervisor is the one that rules on how a job ended: whichever comes first to it, the
/// command's own end or a reason to stop, is the outcome.
package struct JobSupervisorState {
  package enum Action: Hashable, Sendable {
    case launch(LaunchRequest)
    /// SIGTERM to the command's process group.
    case terminateGroup
    /// SIGKILL to every descendant, and reap until none is left.
    case killEverything
  }

  /// The end of the job, once nothing of it is left.
  package struct Ending: Hashable, Sendable {
    package var status: ExitStatus?
    package var stopped: StopReason?
  }

  private enum Phase {
    case waiting
    case running(deadline: BootInstant, fence: BootInstant, grace: Duration)
    case stopping(killAt: BootInstant, fence: BootInstant)
    case killing
  }

  private var phase = Phase.waiting
  package private(set) var ending = Ending()

  package init() {}

  /// True once everything is to be killed: what remains is to reap.
  package var isKilling: Bool {
    if case .killing = phase { true } else { false }
  }

  /// When ``tick(now:)`` next has something to do; nil where nothing is timed.
  package var nextWake: BootInstant? {
    switch phase {
    case .waiting, .killing: nil
    case .running(let deadline, let fence, _): min(deadline, fence)
    case .stopping(let killAt, let fence): min(killAt, fence)
    }
  }

  package mutating func received(_ command: SupervisorCommand, now: BootInstant) -> Action? {
    switch (command, phase) {
    case (.launch(let request), .waiting):
      // The worker may have been suspended between its decision and this.
      if isPast(request.fence, now) { return kill(because: .fenced) }
      if now >= request.deadline { return kill(because: .timedOut) }
      phase = .running(
        deadline: request.deadline, fence: request.fence, grace: request.terminationGrace)
      return .launch(request)
    case (.fence(let instant), .running(let deadline, _, let grace)):
      phase = .running(deadline: deadline, fence: instant, grace: grace)
      return nil
    case (.fence(let instant), .stopping(let killAt, _)):
      phase = .stopping(killAt: killAt, fence: instant)
      return nil
    case (.stop(let reason, _), .waiting):
      return kill(because: reason)
    case (.stop(let reason, let grace), .running(_, let fence, _)):
      return stop(because: reason, grace: grace, fence: fence, now: now)
    case (.stop(_, let grace), .stopping(let killAt, let fence)):
      phase = .stopping(killAt: min(killAt, now.advanced(by: grace)), fence: fence)
      return tick(now: now)
    case (.launch, _), (.fence, _), (.stop, .killing):
      return nil
    }
  }

  /// The command could not be started: there is nothing to wait for.
  package mutating func launchFailed() -> Action? {
    phase = .killing
    return .killEverything
  }

  /// The command itself has ended. What it left behind goes at once.
  ///
  /// An end that is noticed only after the fence counts as fenced: where this process was stopped,
  /// nobody knows whether the command ran on beyond its lease.
  package mutating func commandEnded(_ status: ExitStatus, now: BootInstant) -> Action? {
    ending.status = status
    switch phase {
    case .killing: return nil
    case .running(_, let fence, _) where isPast(fence, now): return kill(because: .fenced)
    case .waiting, .running, .stopping: break
    }
    phase = .killing
    return .killEverything
  }

  /// The worker is gone: nobody renews the lease, nobody reads the output.
  package mutating func workerVanished() -> Action? {
    if case .killing = phase { return nil }
    return kill(because: .workerLost)
  }

  package mutating func tick(now: BootInstant) -> Action? {
    switch phase {
    case .waiting, .killing: return nil
    case .running(let deadline, let fence, let grace):
      if isPast(fence, now) { return kill(because: .fenced) }
      if now >= deadline { return stop(because: .timedOut, grace: grace, fence: fence, now: now) }
      return nil
    case .stopping(let killAt, let fence):
      guard now >= min(killAt, fence) else { return nil }
      phase = .killing
      return .killEverything
    }
  }

  /// Whether the lease has run out.
  private func isPast(_ fence: BootInstant, _ now: BootInstant) -> Bool {
    #if FAULT_POINTS
      if FaultPoint.ignoreFence.isPlanted { return false }
    #endif
    return now >= fence
  }

  private mutating func stop(
    because reason: StopReason, grace: Duration, fence: BootInstant, now: BootInstant
  ) -> Action? {
    guard grace > .zero else { return kill(because: reason) }
    ending.stopped = ending.stopped ?? reason
    phase = .stopping(killAt: now.advanced(by: grace), fence: fence)
    return .terminateGroup
  }

  private mutating func kill(because reason: StopReason) -> Action? {
    ending.stopped = ending.stopped ?? reason
    phase = .killing
    return .killEverything
  }
}
