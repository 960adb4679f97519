import GRPCCore
import SallyportStore

/// Runs one session: reads in a child task, and hands every event to one loop, so that a session's
/// events are dealt with in order, one at a time.
///
/// A gateway has thousands of sessions with nothing to say. Each has these two tasks and no timer:
/// ticks come from ``SessionTicks``, and a task that writes is there while there is something to
/// write.
struct SessionRunner<Inbound: Sendable, Outbound: Sendable, Signal: Sendable>: Sendable {
  typealias Event = SessionEvent<Inbound, Signal>

  let inbox: SessionInbox<Inbound, Signal>
  let outbox: SessionOutbox<Outbound>
  let ticks: SessionTicks

  /// - Parameters:
  ///   - leaving: Signalled once the connection is to end: it is too old, the listener stops, or it
  ///     is lost. Streams that are open go on; no new one can be opened on it.
  ///   - handle: Called for each event until it returns or throws the end.
  /// - Returns: How the session ended.
  func run(
    request: RPCAsyncSequence<Inbound, any Error>, response: RPCWriter<Outbound>,
    leaving: Signal, handle: @escaping @Sendable (Event) async throws -> SessionEnd?
  ) async -> Result<Void, any Error> {
    let inbox = inbox
    let listener = ticks.add { inbox.post(.tick) }
    defer { ticks.remove(listener) }
    let outcome = await withRPCCancellationHandler {
      await withDiscardingTaskGroup { group in
        group.addTask { await read(request) }
        let outcome = await loop(handle, response, &group)
        inbox.finish()
        await flush(response, &group)
        group.cancelAll()
        return outcome
      }
    } onCancelRPC: {
      inbox.signal(leaving)
    }
    return outcome.flatMap { end in end.error.map { .failure($0) } ?? .success(()) }
  }

  private func loop(
    _ handle: @Sendable (Event) async throws -> SessionEnd?,
    _ response: RPCWriter<Outbound>, _ group: inout DiscardingTaskGroup
  ) async -> Result<SessionEnd, any Error> {
    do {
      for await event in inbox.events {
        if let end = try await handle(event) { return .success(end) }
        if outbox.beginWriting() { group.addTask { await write(response) } }
        switch event {
        case .message: inbox.messageHandled()
        case .ended: return .success(.finished)
        case .signal, .tick: break
        }
      }
      try Task.checkCancellation()
      return .success(.slowPeer)
    } catch let end as SessionEnd {
      return .success(end)
    } catch {
      return .failure(error)
    }
  }

  /// How long the last messages of a session may take to go out.
  private static var flushTimeout: Duration { .seconds(2) }

  private func flush(
    _ response: RPCWriter<Outbound>, _ group: inout DiscardingTaskGroup
  ) async {
    let (written, source) = AsyncStream<Void>.makeStream()
    outbox.whenWritten { source.finish() }
    if outbox.beginWriting() { group.addTask { await write(response) } }
    group.addTask {
      try? await Task.sleep(for: Self.flushTimeout)
      source.finish()
    }
    for await _ in written {}
  }

  private func read(_ request: RPCAsyncSequence<Inbound, any Error>) async {
    var handled = inbox.handled.makeAsyncIterator()
    do {
      for try await message in request {
        inbox.post(.message(message))
        guard await handled.next() != nil else { return }
      }
    } catch {
      // A lost connection ends a session like a finished stream does; the peer dials again.
    }
    inbox.post(.ended)
  }

  private func write(_ response: RPCWriter<Outbound>) async {
    do {
      while let message = outbox.next() { try await response.write(message) }
    } catch {
      outbox.abandon()
      inbox.post(.ended)
    }
  }
}
