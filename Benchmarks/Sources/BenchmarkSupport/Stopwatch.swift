#if canImport(Glibc)
  import Glibc
#endif

/// Wall time and this process's CPU time, from where it was made.
package struct Stopwatch: Sendable {
  private let wall = Self.seconds(CLOCK_MONOTONIC)
  private let processor = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)

  package init() {}

  package var wallSeconds: Double { Self.seconds(CLOCK_MONOTONIC) - wall }
  package var cpuSeconds: Double { Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - processor }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
