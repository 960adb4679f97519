package import GRPCCore
package import Logging
internal import SallyportCore
package import SallyportLedger
internal import SallyportMetrics
internal import SallyportProtos
package import SallyportRelay
package import SallyportSession
internal import SwiftProtobuf

/// A VCS agent's sessions: says Hello, answers pings, and serves the relays that the gateway asks
/// for.
///
/// Relays and requests are counted over all sessions: a connection that is being replaced keeps its
/// relays, and its slots.
package struct AgentSession: Sendable {
  /// Relays served at once.
  package let relays: Slots
  /// Requests served at once, over all relays.
  package let requests: Slots
  /// For people; not an identity.
  package let displayName: String
  /// Pinned at enrollment; a Welcome with another one ends the session.
  package let externalID: String
  package let policy: any FetchPolicy
  package let upstreams: UpstreamTable
  package let grants: GrantRules
  package let ledger: any LedgerRecording

  /// From Hello to Welcome.
  private static let welcomeTimeout = Duration.seconds(15)

  private let clock: any Clock<Duration>
  private let metrics: AgentMetrics
  private let logger: Logger

  package init(
    relays: Slots, requests: Slots, displayName: String, externalID: String,
    policy: any FetchPolicy, upstreams: UpstreamTable, grants: GrantRules = .none,
    ledger: any LedgerRecording, clock: any Clock<Duration> = ContinuousClock(),
    metrics: AgentMetrics = AgentMetrics(in: MetricsRegistry()), logger: Logger
  ) {
    self.relays = relays
    self.requests = requests
    self.displayName = displayName
    self.externalID = externalID
    self.policy = policy
    self.upstreams = upstreams
    self.grants = grants
    self.ledger = ledger
    self.clock = clock
    self.metrics = metrics
    self.logger = logger
  }

  /// Runs one session to its end: a `SessionSupervisor.Body`.
  package func run<Transport: ClientTransport>(
    _ link: GatewayLink<Transport>, _ control: SessionControl
  ) async throws -> SessionEnd {
    let inbox = SessionInbox()
    let outbox = SessionOutbox()
    var state = SessionState(externalID: externalID)
    var logger = logger
    var streamError: (any Error)?
    try outbox.send(hello)
    try await withThrowingDiscardingTaskGroup { group in
      defer { group.cancelAll() }
      group.addTask { await converse(link.client, outbox, inbox) }
      group.addTask {
        guard (try? await control.drainRequest()) != nil else { return }
        inbox.report(.drain)
      }
      group.addTask {
        guard (try? await clock.sleep(for: Self.welcomeTimeout)) != nil else { return }
        inbox.report(.welcomeDeadline)
      }
      for await event in inbox.events {
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
          case .established(let interval, let window, let id):
            control.established(returnWindow: window)
            logger[metadataKey: "session"] = "\(id)"
            logger.info("session open", metadata: ["connection": "\(control.number)"])
            group.addTask { await tick(every: interval, inbox) }
          case .serve(let id):
            if relays.take() {
              group.addTask { [logger] in await serve(id, link.server, inbox, logger) }
            } else {
              metrics.relayRefused()
              ledger.note(LedgerRelay(.refused, id, reason: "this VCS agent is at capacity"))
              inbox.report(.relayFailed(id, reason: "this VCS agent is at capacity"))
            }
          case .leaveConnection(let grace): control.requestHandover(grace: grace)
          case .finish: return
          case .fail(let violation):
            if violation == .externalID {
              ledger.note(LedgerExternalIDRefusal(attempt: nil, reason: "a Welcome"))
            }
            throw violation
          }
        }
      }
      if !Task.isCancelled { throw SessionState.Violation.overrun }
    }
    // The stream was cut: the supervisor logs why, and heeds the gateway's hint.
    if let streamError, control.drainCause == nil { throw streamError }
    return .ended
  }

  private var hello: AgentMessage {
    .with {
      $0.hello.version = SallyportVersion.current
      $0.hello.displayName = displayName
      $0.hello.capacity = UInt32(clamping: relays.capacity)
    }
  }

  private func converse<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>, _ outbox: SessionOutbox, _ inbox: SessionInbox
  ) async {
    do {
      try await Sallyport_Vcs_V1_VCSService.Client(wrapping: client).session { writer in
        for await message in outbox.messages { try await writer.write(message) }
      } onResponse: { response in
        for try await message in response.messages { inbox.report(.message(message)) }
      }
      inbox.report(.streamEnded(nil))
    } catch {
      inbox.report(.streamEnded(error))
    }
  }

  private func tick(every interval: Duration, _ inbox: SessionInbox) async {
    while (try? await clock.sleep(for: interval)) != nil { inbox.report(.tick) }
  }

  /// Serves one relay to its end, in a slot that was taken for it. Its errors end nothing else.
  private func serve(
    _ id: RelayID, _ server: (any SealedServer)?, _ inbox: SessionInbox, _ logger: Logger
  ) async {
    var logger = logger
    logger[metadataKey: "relay"] = "\(id)"
    let failure = await outcome(of: id, server, logger)
    relays.giveBack()
    metrics.relayEnded(served: failure == nil)
    // A relay that failed before it was open is the gateway's to open elsewhere, at once; of one
    // that was open it knows already, and takes no notice.
    inbox.report(failure.map { .relayFailed(id, reason: $0) } ?? .relayEnded(id))
  }

  /// - Returns: Why the relay failed, for the gateway; nil for one that ended well.
  private func outcome(
    of id: RelayID, _ server: (any SealedServer)?, _ logger: Logger
  ) async -> String? {
    guard let server else {
      logger.error("relay not served: this VCS agent has no certificate of the trust root")
      ledger.note(LedgerRelay(.refused, id, reason: "no certificate of the trust root"))
      return "this VCS agent has no certificate of the trust root"
    }
    let handler = UpstreamHandler(
      relay: id, policy: policy, upstreams: upstreams, slots: requests, grants: grants,
      ledger: ledger, metrics: metrics, logger: logger)
    do {
      try await server.serve(
        RelayRequest(authority: "\(id).relay.sallyport"), handler: handler)
      logger.debug("relay closed")
      await handler.relayEnded(reason: nil)
      return nil
    } catch is CancellationError {
      logger.info("relay cut off")
      await handler.relayEnded(reason: "cut off")
      return "the relay was cut off"
    } catch let error as RelayError where error.code == .reset {
      // The worker has gone, as it does when its job is cancelled or its fetch has failed.
      logger.info("relay reset", metadata: ["reason": "\(error)"])
      await handler.relayEnded(reason: "\(error)")
      return "the relay was reset"
    } catch {
      logger.warning("relay ended early", metadata: ["error": "\(error)"])
      await handler.relayEnded(reason: "\(error)")
      return "this VCS agent could not open or keep the relay"
    }
  }
}
