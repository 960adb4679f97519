import GRPCCore
import Logging
package import SallyportCore
import SallyportLedger
package import SallyportProtos
package import SallyportRelay
package import SallyportSession
import Synchronization

extension Worker {
  /// Keeps this worker connected; to be run by ``run(sessions:)``.
  package func makeSupervisor<Dialer: GatewayDialer>(
    dialer: Dialer, backoff: Backoff = Backoff()
  ) -> SessionSupervisor<Dialer> {
    SessionSupervisor(
      dialer: dialer, backoff: backoff, patience: { self.patience }, logger: logger
    ) { link, control in
      try await self.session(
        Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client), dialer: link.dialer,
        retired: link.retired, control: control)
    }
  }

  /// How long this worker may stay away: leases must not end because it waits to dial again, however
  /// often it has lost the gateway before.
  private var patience: Duration? {
    state.withLock { state in
      state.table.entries.isEmpty ? nil : state.leaseDuration.map { $0 / 4 }
    }
  }

  /// One session on one connection, to the end of its use.
  ///
  /// - Parameter retired: Returns when the connection takes no new streams; nil where nobody tells.
  package func session(
    _ service: some Sallyport_Worker_V1_WorkerService.ClientProtocol,
    dialer: (any SealedDialer)?, retired: (@Sendable () async -> Void)? = nil,
    control: SessionControl
  ) async throws -> SessionEnd {
    let access = GatewayAccess(service: service, dialer: dialer)
    let outbox = Outbox()
    defer {
      links.withdraw(access)
      close(control.number)
    }
    return try await withThrowingTaskGroup(of: SessionEnd?.self) { group in
      group.addTask {
        do {
          try await self.converse(access, outbox: outbox, control: control)
        } catch let error as RPCError where error.code == .aborted {
          // A newer session has taken over; what is bound to this connection may finish on it.
          try await access.waitUntilUnbound()
        }
        if control.drainCause == .handover { try await access.waitUntilUnbound() }
        return .ended
      }
      group.addTask {
        guard try await control.drainRequest() == .handover else { return .stop }
        try await access.waitUntilUnbound()
        return .ended
      }
      if let retired {
        group.addTask {
          await retired()
          access.retired.set(true)
          return nil
        }
      }
      group.addTask {
        _ = try await self.finished.wait()
        outbox.finish()
        return nil
      }
      defer { group.cancelAll() }
      while let end = try await group.next() {
        if let end { return self.finished.current == nil ? end : .stop }
      }
      return .ended
    }
  }

  private func converse(
    _ access: GatewayAccess, outbox: Outbox, control: SessionControl
  ) async throws {
    let session = SessionState(externalID: settings.externalID)
    let hello = state.withLock { state in
      state.greeted = max(state.greeted, control.number)
      return session.hello(settings.description, table: state.table)
    }
    try outbox.send(hello)
    let greeted = LiveSession(number: control.number, state: session, outbound: outbox)
    do {
      try await access.service.session(
        metadata: [:],
        requestProducer: { writer in
          for await message in outbox.messages { try await writer.write(message) }
        },
        onResponse: { response in
          try await self.listen(response, as: greeted, access: access, control: control)
        })
    } catch let violation as SessionViolation {
      if violation.code == .externalID {
        logger.critical("\(violation)")
        ledger.note(LedgerExternalIDRefusal(attempt: nil, reason: "a Welcome"))
      }
      throw violation
    }
  }

  private func listen(
    _ response: StreamingClientResponse<Sallyport_Worker_V1_GatewayMessage>,
    as greeted: LiveSession, access: GatewayAccess, control: SessionControl
  ) async throws {
    let welcomed = Latch<Bool>()
    try await withThrowingTaskGroup(of: ListenerPart.self) { group in
      group.addTask {
        for try await message in response.messages {
          if welcomed.current == nil {
            try self.open(greeted, with: message, access: access, control: control)
            welcomed.set(true)
          } else {
            try self.receive(message, in: control)
          }
        }
        return .messages
      }
      group.addTask {
        _ = try await welcomed.wait()
        while let next = self.nextTick(of: control.number) {
          try await Task.sleep(for: max(BootInstant.now().duration(to: next), .milliseconds(1)))
          try self.tick(control.number)
        }
        return .ticks
      }
      defer { group.cancelAll() }
      // A session that is superseded no longer ticks, but goes on until the gateway ends it.
      while let part = try await group.next(), part != .messages {}
    }
  }

  private enum ListenerPart { case messages, ticks }
}
