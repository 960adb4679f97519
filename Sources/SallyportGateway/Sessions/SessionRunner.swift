import GRPCCore
import SallyportStore

/// Runs one session: reads, writes and ticks in child tasks, and hands every event to one loop, so
/// that a session's events are dealt with in order, one at a time.
struct SessionRunner<Inbound: Sendable, Outbound: Sendable, Signal: Sendable>: Sendable {
  private enum Part { case reader, writer, ticker, flushTimeout }

  /// How long the last messages of a session may take to go out.
  private static var flushTimeout: Duration { .seconds(2) }

  let inbox: SessionInbox<Inbound, Signal>
  let outbox: SessionOutbox<Outbound>
  let clock: GatewayClock
  let tickInterval: Duration

  /// - Parameters:
  ///   - leaving: Signalled once the connection is to end: it is too old, the listener stops, or it
  ///     is lost. Streams that are open go on; no new one can be opened on it.
  ///   - handle: Called for each event until it returns or throws the end.
  /// - Returns: How the session ended.
  func run(
    request: RPCAsyncSequence<Inbound, any Error>, response: RPCWriter<Outbound>,
    leaving: Signal, handle: (SessionEvent<Inbound, Signal>) async throws -> SessionEnd?
  ) async -> Result<Void, any Error> {
    let inbox = inbox
    let outcome: Result<SessionEnd, any Error> = await withTaskGroup(of: Part.self) { group in
      group.addTask { await read(request) }
      group.addTask { await write(response) }
      group.addTask { await tick() }
      group.addTask {
        await onRPCCancellation { inbox.signal(leaving) }
        return .ticker
      }
      let outcome: Result<SessionEnd, any Error>
      do {
        outcome = .success(try await loop(handle))
      } catch {
        outcome = .failure(error)
      }
      await flush(&group)
      return outcome
    }
    return outcome.flatMap { end in end.error.map { .failure($0) } ?? .success(()) }
  }

  private func loop(
    _ handle: (SessionEvent<Inbound, Signal>) async throws -> SessionEnd?
  ) async throws -> SessionEnd {
    for await event in inbox.events {
      do {
        if let end = try await handle(event) { return end }
      } catch let end as SessionEnd {
        return end
      }
      switch event {
      case .message: inbox.messageHandled()
      case .ended: return .finished
      case .signal, .tick: break
      }
    }
    try Task.checkCancellation()
    return .slowPeer
  }

  private func flush(_ group: inout TaskGroup<Part>) async {
    inbox.finish()
    outbox.finish()
    group.addTask {
      try? await Task.sleep(for: Self.flushTimeout)
      return .flushTimeout
    }
    while let part = await group.next() {
      if part == .writer || part == .flushTimeout { break }
    }
    group.cancelAll()
  }

  private func read(_ request: RPCAsyncSequence<Inbound, any Error>) async -> Part {
    var handled = inbox.handled.makeAsyncIterator()
    do {
      for try await message in request {
        inbox.post(.message(message))
        guard await handled.next() != nil else { return .reader }
      }
    } catch {
      // A lost connection ends a session like a finished stream does; the peer dials again.
    }
    inbox.post(.ended)
    return .reader
  }

  private func write(_ response: RPCWriter<Outbound>) async -> Part {
    do {
      for await message in outbox.messages { try await response.write(message) }
    } catch {
      inbox.post(.ended)
    }
    return .writer
  }

  private func tick() async -> Part {
    while !Task.isCancelled {
      do { try await clock.sleep(tickInterval) } catch { break }
      inbox.post(.tick)
    }
    return .ticker
  }
}
