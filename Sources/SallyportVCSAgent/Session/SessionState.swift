internal import SallyportCore
internal import SallyportProtos
internal import SallyportSession
internal import SwiftProtobuf

typealias AgentMessage = Sallyport_Vcs_V1_AgentMessage
typealias GatewayMessage = Sallyport_Vcs_V1_GatewayMessage

/// The protocol of a VCS agent's session: what arrives in, what to do out. No I/O.
struct SessionState: Sendable {
  enum Input: Sendable {
    case message(GatewayMessage)
    /// Once per ping interval, after the first.
    case tick
    /// The time for the Welcome is up.
    case welcomeDeadline
    /// Take nothing new: this session is replaced, or the process stops.
    case drain
    case relayEnded(RelayID)
    /// The relay came to nothing, or was cut; the gateway heeds this where it still waits for it.
    case relayFailed(RelayID, reason: String)
    /// The gateway has ended the stream.
    case streamEnded
  }

  enum Action: Sendable, Equatable {
    case send(AgentMessage)
    case established(pingInterval: Duration, returnWindow: Duration?, session: String)
    case serve(RelayID)
    /// Ask for another connection; this one goes on until it is drained.
    /// `grace`: how long the gateway keeps it, where it says so.
    case leaveConnection(grace: Duration?)
    /// Everything is done: end the stream and return.
    case finish
    case fail(Violation)
  }

  /// Why a session cannot go on.
  enum Violation: String, Error, Sendable, CustomStringConvertible {
    case noWelcome = "the gateway did not answer Hello with Welcome"
    case secondWelcome = "the gateway sent a second Welcome"
    case externalID = "the gateway's external ID is not the one pinned at enrollment"
    case silent = "the gateway answers no pings"
    case flooded = "the gateway does not read what the session sends"
    case overrun = "the gateway sends faster than the session can act"

    var description: String { rawValue }
  }

  private enum Phase { case awaitingWelcome, open, draining, ended }

  private static let intervals = Duration.milliseconds(50)...Duration.seconds(600)

  private let externalID: String
  private var phase = Phase.awaitingWelcome
  /// Relays may outlive the stream; nothing can be said then, and no ping is answered.
  private var isStreamOpen = true
  private var pings = PingMonitor()
  private var relays: Set<RelayID> = []

  init(externalID: String) { self.externalID = externalID }

  mutating func handle(_ input: Input) -> [Action] {
    guard phase != .ended else { return [] }
    let actions: [Action] =
      switch input {
      case .message(let message): received(message)
      case .tick: isStreamOpen ? tick() : []
      case .welcomeDeadline: phase == .awaitingWelcome ? [.fail(.noWelcome)] : []
      case .drain: drain()
      case .relayEnded(let id): relayEnded(id)
      case .relayFailed(let id, let reason): relayFailed(id, reason)
      case .streamEnded: streamEnded()
      }
    switch actions.last {
    case .finish, .fail: phase = .ended
    default: break
    }
    return actions
  }

  private mutating func received(_ message: GatewayMessage) -> [Action] {
    if case .welcome(let welcome) = message.message { return welcomed(welcome) }
    guard phase != .awaitingWelcome else { return [.fail(.noWelcome)] }
    switch message.message {
    case .ping(let ping): return [.send(.with { $0.pong.nonce = ping.nonce })]
    case .pong(let pong):
      pings.receivedPong(nonce: pong.nonce)
      return []
    case .openRelay(let request): return openRelay(request.relayID)
    case .drain(let drain):
      return phase == .open ? [.leaveConnection(grace: drain.connectionGrace)] : []
    case .welcome, nil: return []
    }
  }

  private mutating func welcomed(_ welcome: Sallyport_Session_V1_Welcome) -> [Action] {
    guard phase == .awaitingWelcome else { return [.fail(.secondWelcome)] }
    guard !externalID.isEmpty,
      constantTimeEqual(Array(welcome.externalID.utf8), Array(externalID.utf8))
    else { return [.fail(.externalID)] }
    phase = .open
    let interval =
      welcome.hasPingInterval
      ? .seconds(welcome.pingInterval.seconds) + .nanoseconds(welcome.pingInterval.nanos)
      : PingMonitor.defaultInterval
    let clamped = min(max(interval, Self.intervals.lowerBound), Self.intervals.upperBound)
    return [
      .established(
        pingInterval: clamped, returnWindow: welcome.returnWindow,
        session: String(welcome.sessionID.prefix(64)))
    ] + tick()
  }

  private mutating func tick() -> [Action] {
    switch pings.tick() {
    case .send(let nonce): return [.send(.with { $0.ping.nonce = nonce })]
    case .dead: return [.fail(.silent)]
    }
  }

  private mutating func openRelay(_ text: String) -> [Action] {
    guard let id = RelayID(text) else { return [refuse(text, "malformed relay id")] }
    guard phase == .open else { return [refuse(text, "this VCS agent takes no more relays here")] }
    guard !relays.contains(id) else { return [refuse(text, "this relay is open already")] }
    relays.insert(id)
    return [.serve(id)]
  }

  private func refuse(_ id: String, _ reason: String) -> Action {
    .send(
      .with {
        $0.relayRefused.relayID = String(id.prefix(64))
        $0.relayRefused.reason = reason
      })
  }

  private mutating func drain() -> [Action] {
    guard phase == .open else { return phase == .awaitingWelcome ? [.finish] : [] }
    phase = .draining
    let message = AgentMessage.with { $0.drain.reason = "this VCS agent takes no more relays here" }
    return [.send(message)] + finishIfDone()
  }

  private mutating func relayEnded(_ id: RelayID) -> [Action] {
    relays.remove(id)
    return finishIfDone()
  }

  private mutating func relayFailed(_ id: RelayID, _ reason: String) -> [Action] {
    let refusal = isStreamOpen ? [refuse(id.rawValue, reason)] : []
    return refusal + relayEnded(id)
  }

  /// Relays live on the connection and not on the session's stream: those that run go on, while
  /// another connection is made.
  private mutating func streamEnded() -> [Action] {
    let wasOpen = phase == .open
    isStreamOpen = false
    phase = .draining
    return relays.isEmpty ? [.finish] : wasOpen ? [.leaveConnection(grace: nil)] : []
  }

  private func finishIfDone() -> [Action] {
    phase == .draining && relays.isEmpty ? [.finish] : []
  }
}
