package import GRPCCore
package import Logging
package import SallyportCore
package import SallyportRelay
import ServiceLifecycle
import Synchronization

/// Keeps one process connected to the gateway for as long as it runs.
///
/// It dials, runs the session body on the link, and dials again with full-jitter backoff when that
/// ends. To change links (a new certificate, a connection that the gateway retires) it makes the
/// new one first: the body of the old session is asked to drain once the new one is established.
package final class SessionSupervisor<Dialer: GatewayDialer>: Service {
  /// Runs one session: opens the `Session` stream, says Hello, calls
  /// ``SessionControl/established()`` on Welcome, and works until the stream ends or until
  /// ``SessionControl/drainRequest()`` returns and everything live on the link has finished.
  package typealias Body =
    @Sendable (GatewayLink<Dialer.Transport>, SessionControl) async throws -> SessionEnd

  package let status = SessionStatus()
  private let dialer: Dialer
  private let clock: any Clock<Duration>
  private let backoff: Backoff
  private let patience: @Sendable () -> Duration?
  private let logger: Logger
  private let body: Body
  private let events: AsyncStream<SupervisorState.Event>
  // Not bounded by a number, but by its senders: each session reports at most four times, timers
  // once, and renewals are hours apart.
  private let report: AsyncStream<SupervisorState.Event>.Continuation
  private struct Links {
    var clients: [Int: GRPCClient<Dialer.Transport>] = [:]
    var live: Int?
  }
  private let links = Mutex(Links())

  /// - Parameter patience: Asked at each event: how long at most the process may stay away by its own
  ///   choice, because of what it has to keep up or to deliver; nil where nothing waits.
  package init(
    dialer: Dialer, clock: any Clock<Duration> = ContinuousClock(), backoff: Backoff = Backoff(),
    patience: @escaping @Sendable () -> Duration? = { nil }, logger: Logger, body: @escaping Body
  ) {
    self.patience = patience
    self.dialer = dialer
    self.clock = clock
    self.backoff = backoff
    self.logger = logger
    self.body = body
    (events, report) = AsyncStream.makeStream()
  }

  /// The client of the session that new work goes to; nil while there is none.
  package var client: GRPCClient<Dialer.Transport>? {
    links.withLock { links in links.live.flatMap { links.clients[$0] } }
  }

  /// Call after the certificate has changed: moves the session to a link that was made with it.
  package func requestHandover() { report.yield(.handoverRequested(by: nil)) }

  /// Runs until graceful shutdown, or until a body returns ``SessionEnd/stop``. Call it once.
  ///
  /// - Throws: `CancellationError` where the task is cancelled: sessions are then cut off.
  package func run() async throws {
    try await withGracefulShutdownHandler {
      try await supervise()
    } onGracefulShutdown: {
      self.report.yield(.shutdownRequested)
    }
  }

  private func supervise() async throws {
    let stopwatch = Stopwatch(clock)
    var generator = SystemRandomNumberGenerator()
    var state = SupervisorState(backoff: backoff)
    var controls: [Int: SessionControl] = [:]
    try await withThrowingDiscardingTaskGroup { group in
      var actions = state.start()
      var iterator = events.makeAsyncIterator()
      while true {
        for action in actions {
          switch action {
          case .dial(let number):
            let control = SessionControl(number: number) { self.report.yield($0) }
            controls[number] = control
            group.addTask { await self.runSession(control) }
          case .drain(let number, let cause): controls[number]?.requestDrain(cause)
          case .cancel(let number): controls[number]?.cancellation.fire(())
          case .startTimer(let number, let delay):
            logger.info("connecting again later", metadata: ["delay": "\(delay)"])
            group.addTask { await self.report(.timerFired(number), after: delay) }
          case .startDeadline(let number, let delay):
            group.addTask { await self.report(.deadlinePassed(number), after: delay) }
          case .finish:
            group.cancelAll()
            return
          }
        }
        guard let event = await iterator.next() else { throw CancellationError() }
        if case .ended(let number, _) = event { controls[number] = nil }
        if case .stopped(let number) = event { controls[number] = nil }
        state.patience = patience()
        actions = state.handle(event, at: stopwatch.elapsed, using: &generator)
        links.withLock { $0.live = state.live }
        status.note(live: state.live)
      }
    }
  }

  /// Runs one session to its end and reports it; never throws.
  private func runSession(_ control: SessionControl) async {
    let number = control.number
    do {
      let end = try await withCancellation(by: control.cancellation) {
        try await self.dialer.withLink { link in
          self.links.withLock { $0.clients[number] = link.client }
          return try await self.runBody(link, control)
        }
      }
      finish(number)
      switch end {
      case .ended:
        logger.info("session ended", metadata: ["connection": "\(number)"])
        report.yield(.ended(number, retryAfter: nil))
      case .stop: report.yield(.stopped(number))
      }
    } catch {
      finish(number)
      if !(error is CancellationError) {
        logger.warning(
          "session lost", metadata: ["connection": "\(number)", "error": "\(error)"])
      }
      report.yield(.ended(number, retryAfter: RetryHint.of(error)))
    }
  }

  /// Runs the body. Where the connection takes nothing new any more, a new link is asked for: also
  /// where no message in the session said so.
  private func runBody(
    _ link: GatewayLink<Dialer.Transport>, _ control: SessionControl
  ) async throws -> SessionEnd {
    guard let retired = link.retired else { return try await body(link, control) }
    return try await withThrowingTaskGroup(of: SessionEnd?.self) { group in
      group.addTask { try await self.body(link, control) }
      group.addTask {
        await retired()
        if !Task.isCancelled { control.requestHandover() }
        return nil
      }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let end = result { return end }
      }
      throw CancellationError()
    }
  }

  private func report(_ event: SupervisorState.Event, after delay: Duration) async {
    guard (try? await clock.sleep(for: delay)) != nil else { return }
    report.yield(event)
  }

  private func finish(_ number: Int) {
    _ = links.withLock { $0.clients.removeValue(forKey: number) }
  }

  /// Runs `work`, cancelling it when the signal is given.
  private func withCancellation<Result: Sendable>(
    by signal: OneShot<Void>, _ work: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await signal.wait()
        return nil
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() ?? nil else {
        group.cancelAll()
        // The work may still return what it had by then; what counts is that it has ended.
        guard let result = try await group.next() ?? nil else { throw CancellationError() }
        return result
      }
      return result
    }
  }
}
