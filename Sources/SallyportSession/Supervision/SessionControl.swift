import Synchronization

/// A session body's line to the supervisor.
package final class SessionControl: Sendable {
  /// Counts sessions of this process, from 1, for logs.
  package let number: Int
  private let drain = OneShot<DrainCause>()
  let cancellation = OneShot<Void>()
  private let report: @Sendable (SupervisorState.Event) -> Void
  private struct Reported {
    var isEstablished = false
    var wantsHandover = false
  }
  private let reported = Mutex(Reported())

  package init(number: Int, report: @escaping @Sendable (SupervisorState.Event) -> Void) {
    self.number = number
    self.report = report
  }

  /// Call once the gateway's Welcome has arrived. Only then does an older session begin to drain,
  /// and only then does the stable period begin.
  ///
  /// - Parameter returnWindow: Of the Welcome: how the return after a loss is spread.
  package func established(returnWindow: Duration? = nil) {
    let isFirst = reported.withLock { reported in
      defer { reported.isEstablished = true }
      return !reported.isEstablished
    }
    if isFirst { report(.established(number, returnWindow: returnWindow)) }
  }

  /// Call when the gateway asks to drain this connection: a new link is made before this session
  /// is drained, so that the work never pauses.
  ///
  /// - Parameter grace: How long the gateway keeps this connection, where it says so.
  package func requestHandover(grace: Duration? = nil) {
    let isFirst = reported.withLock { reported in
      defer { reported.wantsHandover = true }
      return !reported.wantsHandover
    }
    if isFirst { report(.handoverRequested(by: number, grace: grace)) }
  }

  /// Returns when this session should take nothing new, finish its live streams and return.
  ///
  /// - Throws: `CancellationError`.
  package func drainRequest() async throws -> DrainCause { try await drain.wait() }

  /// The same without waiting: nil while the session goes on.
  package var drainCause: DrainCause? { drain.value }

  package func requestDrain(_ cause: DrainCause) { drain.fire(cause) }
}
