import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// The protocol of a VCS agent's session: messages, signals and time in, actions out. No I/O.
struct AgentSessionState: Sendable {
  enum Input: Sendable {
    case message(AgentMessage)
    case tick
    case signal(AgentSignal)
    case opened(SessionID, externalID: String)
  }

  enum Action: Sendable, Equatable {
    case send(MessageToAgent)
    /// Take over from older sessions; answered by ``Input/opened(_:externalID:)``.
    case open(SessionGreeting)
    case relayRefused(RelayID, reason: String)
    case noteDraining
    case end(SessionEnd)
  }

  private enum Phase { case awaitingHello, opening, open, ended }

  private let shared: SharedLimits
  private let openedAt: Timestamp
  private var phase = Phase.awaitingHello
  /// Whether the session was ever open.
  private(set) var hasOpened = false
  private var pings: PingMonitor
  private var isLeaving = false

  private var limits: GatewayLimits { shared.value }

  init(limits: SharedLimits, now: Timestamp) {
    shared = limits
    openedAt = now
    pings = PingMonitor(interval: limits.value.pingInterval, now: now)
  }

  mutating func handle(_ input: Input, now: Timestamp) -> [Action] {
    guard phase != .ended else { return [] }
    do {
      let actions = try perform(input, now: now)
      if case .end = actions.last { phase = .ended }
      return actions
    } catch {
      phase = .ended
      return [.end(.violation("\(error)"))]
    }
  }

  private mutating func perform(_ input: Input, now: Timestamp) throws -> [Action] {
    switch input {
    case .message(let message): try receive(message)
    case .tick: tick(now)
    case .signal(let signal): receive(signal)
    case .opened(let session, let externalID): opened(session, externalID: externalID)
    }
  }

  private mutating func receive(_ message: AgentMessage) throws -> [Action] {
    if case .hello(let hello) = message.message {
      guard phase == .awaitingHello else { throw RequestError("a session has one Hello") }
      phase = .opening
      return [.open(try SessionGreeting(hello, limits: limits))]
    }
    guard phase == .open else { throw RequestError("a session begins with Hello") }
    switch message.message {
    case .ping(let ping): return [.send(.pong(ping.nonce))]
    case .pong(let pong):
      pings.pong(pong.nonce)
      return []
    case .drain: return [.noteDraining]
    case .relayRefused(let refusal):
      guard let id = RelayID(refusal.relayID) else { throw RequestError("not a relay id") }
      return [.relayRefused(id, reason: String(refusal.reason.prefix(255)))]
    case .hello, nil:
      // A message of a newer version.
      return []
    }
  }

  private mutating func tick(_ now: Timestamp) -> [Action] {
    guard phase == .open else {
      return now - openedAt >= limits.helloTimeout ? [.end(.noHello)] : []
    }
    var generator = SystemRandomNumberGenerator()
    switch pings.tick(now, nonce: { UInt64.random(in: 1 ... .max, using: &generator) }) {
    case .none: return []
    case .ping(let nonce): return [.send(.ping(nonce))]
    case .dead: return [.end(.unresponsive)]
    }
  }

  private mutating func receive(_ signal: AgentSignal) -> [Action] {
    switch signal {
    case .openRelay(let id): [.send(.openRelay(id, deadline: limits.relayDeadline))]
    case .leaveConnection:
      leave(reason: "this connection is to be replaced", grace: limits.connectionGrace)
    case .gatewayStops: leave(reason: "the gateway is stopping", grace: limits.drainGrace)
    case .end(let end): [.end(end)]
    }
  }

  /// Said once: a connection that is left because of its age may belong to a gateway that stops.
  private mutating func leave(reason: String, grace: Duration) -> [Action] {
    guard !isLeaving else { return [] }
    isLeaving = true
    return [.noteDraining, .send(.drain(reason, grace: grace))]
  }

  private mutating func opened(_ session: SessionID, externalID: String) -> [Action] {
    phase = .open
    hasOpened = true
    return [.send(.welcome(session, externalID: externalID, limits: limits))]
  }
}
