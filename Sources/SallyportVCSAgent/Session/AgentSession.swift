package import GRPCCore
package import Logging
internal import SallyportCore
internal import SallyportProtos
package import SallyportRelay
package import SallyportSession
internal import SwiftProtobuf

/// A VCS agent's sessions: says Hello, answers pings, and serves the relays that the gateway asks
/// for, at most ``capacity`` at once over all connections of a session.
package struct AgentSession: Sendable {
  /// Relays served at once by one session.
  package let capacity: Int
  /// For people; not an identity.
  package let displayName: String
  /// Pinned at enrollment; a Welcome with another one ends the session.
  package let externalID: String
  package let allowlist: RepositoryAllowlist
  package let upstreams: UpstreamTable

  /// From Hello to Welcome.
  private static let welcomeTimeout = Duration.seconds(15)

  private let clock: any Clock<Duration>
  private let logger: Logger

  package init(
    capacity: Int, displayName: String, externalID: String, allowlist: RepositoryAllowlist,
    upstreams: UpstreamTable, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) {
    self.capacity = capacity
    self.displayName = displayName
    self.externalID = externalID
    self.allowlist = allowlist
    self.upstreams = upstreams
    self.clock = clock
    self.logger = logger
  }

  /// What the tasks of one session tell its loop.
  private enum Event: Sendable {
    case input(SessionState.Input)
    /// Nil where the gateway ended the stream in good order.
    case streamEnded((any Error)?)
  }

  /// Runs one session to its end: a `SessionSupervisor.Body`.
  package func run<Transport: ClientTransport>(
    _ link: GatewayLink<Transport>, _ control: SessionControl
  ) async throws -> SessionEnd {
    // Not bounded by a number, but by its senders: each relay reports once, and relays are
    // bounded; the stream's messages are taken one at a time, as far as this loop keeps up.
    let (events, report) = AsyncStream<Event>.makeStream()
    let outbox = SessionOutbox()
    var state = SessionState(externalID: externalID, capacity: capacity)
    var streamError: (any Error)?
    try outbox.send(hello)
    try await withThrowingDiscardingTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask { await converse(link.client, outbox, report) }
      group.addTask {
        guard (try? await control.drainRequest()) != nil else { return }
        report.yield(.input(.drain))
      }
      group.addTask {
        guard (try? await clock.sleep(for: Self.welcomeTimeout)) != nil else { return }
        report.yield(.input(.welcomeDeadline))
      }
      for await event in events {
        let input: SessionState.Input
        switch event {
        case .input(let given): input = given
        case .streamEnded(let error):
          streamError = error
          input = .streamEnded
        }
        for action in state.handle(input) {
          switch action {
          case .send(let message): try outbox.send(message)
          case .established(let interval):
            control.established()
            logger.info("session open", metadata: ["session": "\(control.number)"])
            group.addTask { await tick(every: interval, report) }
          case .serve(let id): group.addTask { await serve(id, link.server, report) }
          case .leaveConnection: control.requestHandover()
          case .finish: return
          case .fail(let violation): throw violation
          }
        }
      }
    }
    // The stream was cut: the supervisor logs why, and heeds the gateway's hint.
    if let streamError, control.drainCause == nil { throw streamError }
    return .ended
  }

  private var hello: AgentMessage {
    .with {
      $0.hello.version = SallyportVersion.current
      $0.hello.displayName = displayName
      $0.hello.capacity = UInt32(clamping: capacity)
    }
  }

  private func converse<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>, _ outbox: SessionOutbox,
    _ report: AsyncStream<Event>.Continuation
  ) async {
    do {
      try await Sallyport_Vcs_V1_VCSService.Client(wrapping: client).session { writer in
        for await message in outbox.messages { try await writer.write(message) }
      } onResponse: { response in
        for try await message in response.messages { report.yield(.input(.message(message))) }
      }
      report.yield(.streamEnded(nil))
    } catch {
      report.yield(.streamEnded(error))
    }
  }

  private func tick(every interval: Duration, _ report: AsyncStream<Event>.Continuation) async {
    while (try? await clock.sleep(for: interval)) != nil { report.yield(.input(.tick)) }
  }

  /// Serves one relay to its end. Its errors end nothing else.
  private func serve(
    _ id: RelayID, _ server: (any SealedServer)?, _ report: AsyncStream<Event>.Continuation
  ) async {
    defer { report.yield(.input(.relayEnded(id))) }
    guard let server else {
      logger.error(
        "relay not served: this VCS agent has no certificate of the trust root",
        metadata: ["relay": "\(id)"])
      return
    }
    let handler = UpstreamHandler(
      relay: id, allowlist: allowlist, upstreams: upstreams, logger: logger)
    do {
      try await server.serve(
        RelayRequest(authority: "\(id).relay.sallyport"), handler: handler)
      logger.debug("relay closed", metadata: ["relay": "\(id)"])
    } catch is CancellationError {
      logger.info("relay cut off", metadata: ["relay": "\(id)"])
    } catch let error as RelayError where error.code == .reset {
      // The worker has gone, as it does when its job is cancelled or its fetch has failed.
      logger.info("relay reset", metadata: ["relay": "\(id)", "reason": "\(error)"])
    } catch {
      logger.warning("relay ended early", metadata: ["relay": "\(id)", "error": "\(error)"])
    }
  }
}
