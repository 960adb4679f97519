import GRPCCore
import GRPCProtobuf
import Logging
import SallyportRelay
import SwiftProtobuf

/// A session, of a worker or of a VCS agent: events are dealt with in order, one at a time.
///
/// A gateway has thousands of sessions with nothing to say. None has a task or a timer: its call outlasts
/// the handler (``LastingCall``), ticks come from ``SessionTicks``, and there is a task only for what takes
/// longer than memory does, until it is done.
protocol GatewaySession: AnyObject, Sendable {
  associatedtype Inbound: Message
  associatedtype Outbound: Message
  associatedtype Signal: Sendable

  var line: SessionLine<Inbound, Outbound, Signal> { get }
  var logger: Logger { get }
  /// Signalled once the connection is to end: it is too old, the listener stops, or it is lost. Streams
  /// that are open go on; no new one can be opened on it.
  var leaving: Signal { get }

  /// Where the connection's tasks run; must not block.
  func handle(_ event: SessionEvent<Inbound, Signal>) throws -> SessionStep

  /// Called once, when the last messages have gone out or could not, and before the call ends.
  func ended(_ outcome: Result<Void, any Error>) async
}

extension GatewaySession {
  /// In the call's handler, which is to return then.
  func begin() {
    line.ticks.add(self) { self.post(.tick) }
    line.call.outlastHandler { self.signal(self.leaving) }
    receive()
  }

  /// From any thread.
  func signal(_ signal: Signal) { post(.signal(signal)) }

  private func post(_ event: SessionEvent<Inbound, Signal>) {
    if line.inbox.post(event) { line.call.run { self.handleEvents() } }
  }

  private func receive() {
    line.call.receive(ProtobufDeserializer<Inbound>()) { result in
      // A lost connection ends a session like a finished stream does; the peer dials again.
      if case .success(let message?) = result {
        self.post(.message(message))
      } else {
        self.post(.ended)
      }
    }
  }

  // MARK: Events

  /// Events after which others have their turn.
  private static var eventsPerTurn: Int { 64 }

  /// For whoever handles events now.
  private func handleEvents() {
    for _ in 0..<Self.eventsPerTurn {
      switch line.inbox.next() {
      case .nothing: return
      case .overflow: return end(.slowPeer)
      case .event(let event):
        guard handleNow(event) else { return }
      }
    }
    line.call.run { self.handleEvents() }
  }

  /// - Returns: False where the next event has to wait, or there is none any more.
  private func handleNow(_ event: SessionEvent<Inbound, Signal>) -> Bool {
    do {
      switch try handle(event) {
      case .handled: return handled(event)
      case .task(let body): line.call.perform { await self.handle(event, by: body) }
      case .end(let reason): end(reason)
      }
    } catch {
      end(error)
    }
    return false
  }

  private func handle(
    _ event: SessionEvent<Inbound, Signal>,
    by body: @Sendable () async throws -> SessionEnd?
  ) async {
    do {
      if let reason = try await body() { return end(reason) }
    } catch {
      return end(error)
    }
    if handled(event) { handleEvents() }
  }

  /// - Returns: Whether there may be another.
  private func handled(_ event: SessionEvent<Inbound, Signal>) -> Bool {
    write()
    switch event {
    case .message: receive()
    case .signal, .tick: break
    case .ended:
      end(.finished)
      return false
    }
    return true
  }

  // MARK: Messages to the peer

  /// Sends what waits, at once as far as there is room.
  private func write() {
    guard line.outbox.beginWriting() else { return }
    do {
      while let message = line.outbox.next() {
        guard try send(message) else { return line.call.perform { await self.writeOn() } }
      }
    } catch {
      abandonWriting()
    }
  }

  private func writeOn() async {
    do {
      repeat {
        try await line.call.waitForRoom()
        guard let message = line.outbox.next() else { return }
        _ = try send(message)
      } while true
    } catch {
      abandonWriting()
    }
  }

  private func send(_ message: Outbound) throws -> Bool {
    try line.call.send(message, ProtobufSerializer<Outbound>())
  }

  private func abandonWriting() {
    line.outbox.abandon()
    post(.ended)
  }

  // MARK: The end

  private func end(_ error: any Error) {
    if let reason = error as? SessionEnd { end(reason) } else { end(.failure(error)) }
  }

  private func end(_ reason: SessionEnd) {
    end(reason.error.map { .failure($0) } ?? .success(()))
  }

  private func end(_ outcome: Result<Void, any Error>) {
    line.ticks.remove(self)
    line.inbox.close()
    line.call.perform { await self.finish(outcome) }
  }

  private func finish(_ outcome: Result<Void, any Error>) async {
    await flush()
    line.outbox.abandon()
    await ended(outcome)
    switch outcome {
    case .success: line.call.end(nil)
    case .failure(let error): line.call.end(statusError(error, logger))
    }
  }

  /// How long the last messages of a session may take to go out.
  private static var flushTimeout: Duration { .seconds(2) }

  private func flush() async {
    write()
    let (written, source) = AsyncStream<Void>.makeStream()
    line.outbox.whenWritten { source.finish() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in written {} }
      group.addTask { try? await Task.sleep(for: Self.flushTimeout) }
      await group.next()
      group.cancelAll()
    }
  }
}
