import SallyportProtos
import SallyportSession
import SwiftProtobuf

/// The worker's view of what a Welcome promises: within sane bounds, and on the safe side.
enum LeaseTerms {
  private static let intervals = Duration.milliseconds(50)...Duration.seconds(600)
  private static let leases = Duration.milliseconds(500)...Duration.seconds(3_600)

  static func checked(_ welcome: Sallyport_Session_V1_Welcome) -> SessionState.Terms {
    let lease = clamp(
      welcome.hasLeaseDuration ? welcome.leaseDuration.duration : .seconds(120), to: leases)
    let renew = clamp(
      welcome.hasLeaseRenewInterval ? welcome.leaseRenewInterval.duration : .seconds(20),
      to: intervals)
    let ping = clamp(
      welcome.hasPingInterval ? welcome.pingInterval.duration : .seconds(30), to: intervals)
    return SessionState.Terms(
      session: oneLine(welcome.sessionID), pingInterval: ping, leaseDuration: lease,
      renewInterval: min(renew, lease / 3), returnWindow: welcome.returnWindow)
  }

  /// When a job must be dead: the lease counts from when the message that it answers was *sent*,
  /// which is earlier than the gateway's own count, and ends a sixth (at most 10 s) early, which
  /// is what killing may take, also where the supervisor itself has to be killed.
  static func fence(sent: BootInstant, remaining: Duration) -> BootInstant {
    let remaining = max(remaining, .zero)
    return sent.advanced(by: remaining - min(remaining / 6, .seconds(10)))
  }

  private static func clamp(_ value: Duration, to bounds: ClosedRange<Duration>) -> Duration {
    min(max(value, bounds.lowerBound), bounds.upperBound)
  }
}

extension Google_Protobuf_Duration {
  /// Never traps: the fields may hold anything.
  var duration: Duration {
    .seconds(min(max(seconds, -315_576_000_000), 315_576_000_000)) + .nanoseconds(Int64(nanos))
  }
}
