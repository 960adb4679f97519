import Glibc
package import SallyportStore

/// The one clock of a gateway process.
///
/// It reads the wall clock once and then counts monotonic time, so that leases are not lost when
/// the host's clock is set.
package struct GatewayClock: Sendable {
  private let read: @Sendable () -> Timestamp
  private let wait: @Sendable (Duration) async throws -> Void

  /// For tests, a clock that is moved by hand.
  package init(
    now: @escaping @Sendable () -> Timestamp,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    read = now
    wait = sleep
  }

  package static func system() -> GatewayClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let start = Timestamp(
      milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    let clock = ContinuousClock()
    let origin = clock.now
    return GatewayClock(
      now: { start + (clock.now - origin) },
      sleep: { try await clock.sleep(for: $0) })
  }

  package var now: Timestamp { read() }

  /// - Throws: `CancellationError`.
  package func sleep(_ duration: Duration) async throws { try await wait(duration) }
}
