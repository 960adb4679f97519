import FoundationEssentials
package import SallyportStore

/// The one clock of a gateway process.
///
/// It reads the wall clock once and then counts the time since boot (CLOCK_BOOTTIME, which is what
/// `ContinuousClock` reads on Linux), so that no lease is lost or prolonged when the host's clock is
/// set, and the time of a suspended machine counts. Certificates are the exception: they end by the
/// wall clock.
package struct GatewayClock: Sendable {
  private let read: @Sendable () -> Timestamp
  private let readWall: @Sendable () -> Timestamp
  private let wait: @Sendable (Duration) async throws -> Void

  /// For tests, a clock that is moved by hand.
  package init(
    now: @escaping @Sendable () -> Timestamp,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.init(now: now, wall: now, sleep: sleep)
  }

  private init(
    now: @escaping @Sendable () -> Timestamp, wall: @escaping @Sendable () -> Timestamp,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    read = now
    readWall = wall
    wait = sleep
  }

  /// - Parameter start: What it shows now, where it goes on as the clock of the process before did:
  ///   two processes that work on one store at once agree about every lease. Nil for the host's.
  package static func system(startingAt start: Timestamp? = nil) -> GatewayClock {
    let wall: @Sendable () -> Timestamp = {
      Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
    let start = start ?? wall()
    let clock = ContinuousClock()
    let origin = clock.now
    return GatewayClock(
      now: { start + (clock.now - origin) }, wall: wall,
      sleep: { try await clock.sleep(for: $0) })
  }

  package var now: Timestamp { read() }

  /// By the host's clock, which may be set.
  package var wallTime: Timestamp { readWall() }

  /// - Throws: `CancellationError`.
  package func sleep(_ duration: Duration) async throws { try await wait(duration) }
}
