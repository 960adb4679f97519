import Glibc
import SallyportCore

/// A point on `CLOCK_BOOTTIME`: monotonic, the same in every process of this machine, and moving on
/// while the machine is suspended or the process is stopped, so that a lease cannot outlive either.
package struct BootInstant: Hashable, Comparable, Sendable {
  package var nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  package static func now() -> BootInstant {
    var time = timespec()
    clock_gettime(clock, &time)
    return BootInstant(
      nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  #if FAULT_POINTS
    private static let clock =
      FaultPoint.leaseOnWallClock.isPlanted ? CLOCK_REALTIME : CLOCK_BOOTTIME
  #else
    private static let clock = CLOCK_BOOTTIME
  #endif

  /// Saturates at both ends of the clock.
  package func advanced(by duration: Duration) -> BootInstant {
    let step = duration.nanosecondsClamped
    if step >= 0 {
      let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(step))
      return BootInstant(nanoseconds: overflow ? .max : sum)
    }
    let back = step.magnitude
    return BootInstant(nanoseconds: nanoseconds > back ? nanoseconds - back : 0)
  }

  package func duration(to other: BootInstant) -> Duration {
    other.nanoseconds >= nanoseconds
      ? .nanoseconds(Int64(clamping: other.nanoseconds - nanoseconds))
      : .nanoseconds(-Int64(clamping: nanoseconds - other.nanoseconds))
  }

  package static func < (left: BootInstant, right: BootInstant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// Whole nanoseconds, limited to what fits (292 years).
  package var nanosecondsClamped: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, tooMuch) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return tooMuch ? (seconds < 0 ? .min : .max) : sum
  }
}
