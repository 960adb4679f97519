import NIOCore
import SallyportCore

/// The deadlines of one connection. Pure: told the time, returns what is due; one timer serves all.
struct ConnectionTimers {
  enum Action: Hashable {
    /// TLS, or the acknowledgement of our settings.
    case handshakeTimedOut
    case sendPing
    case keepaliveTimedOut
    case ageReached
    case announcementSeen
    case callGraceEnded
    case graceEnded
    case checkStalledStreams
  }

  /// What the clock does to a connection. Nil means never.
  struct Policy {
    var handshake: TimeAmount
    var keepaliveInterval: TimeAmount?
    var keepaliveTimeout: TimeAmount
    var age: TimeAmount?
    /// From the age until calls are ended.
    var agedCallGrace: TimeAmount
    /// From the age until everything is cut.
    var agedRelayGrace: TimeAmount
    var stalledStream: TimeAmount

    init(_ limits: TransportLimits) {
      handshake = TimeAmount(limits.handshakeTimeout)
      keepaliveInterval = TimeAmount(limits.keepaliveInterval)
      keepaliveTimeout = TimeAmount(limits.keepaliveTimeout)
      age = nil
      agedCallGrace = TimeAmount(limits.agedCallGrace)
      agedRelayGrace = TimeAmount(limits.agedRelayGrace)
      stalledStream = TimeAmount(limits.stalledStreamTimeout)
    }

    /// At the age of the limits, +-10 %, so that connections made together do not end together.
    mutating func endAtAge(of limits: TransportLimits) {
      let age = TimeAmount(limits.maximumConnectionAge).nanoseconds
      self.age = .nanoseconds(age - age / 10 + Int64.random(in: 0...(age / 5)))
    }
  }

  /// From the announcement of the end until no answer is waited for any more.
  private static var announcementTimeout: TimeAmount { .seconds(5) }
  /// How many times the keepalive timeout an answer may take while other input arrives: it queues
  /// behind that input.
  private static var busyFactor: Int64 { 4 }

  private let policy: Policy
  private var handshakeDeadline: NIODeadline?
  private var lastInput: NIODeadline
  private var pingSent: NIODeadline?
  private var isKeptAlive = false
  private var ageDeadline: NIODeadline?
  private var announcementDeadline: NIODeadline?
  private var callGraceDeadline: NIODeadline?
  private var graceDeadline: NIODeadline?
  private var stallCheck: NIODeadline?

  init(_ policy: Policy, now: NIODeadline) {
    self.policy = policy
    self.lastInput = now
  }

  /// When something may be due; nil where nothing ever is.
  var deadline: NIODeadline? {
    [
      handshakeDeadline, keepaliveDeadline, ageDeadline, announcementDeadline, callGraceDeadline,
      graceDeadline, stallCheck,
    ].compactMap { $0 }.min()
  }

  private var keepaliveDeadline: NIODeadline? {
    guard isKeptAlive, let interval = policy.keepaliveInterval else { return nil }
    guard let pingSent else { return lastInput + interval }
    return min(
      max(pingSent, lastInput) + policy.keepaliveTimeout,
      pingSent + .nanoseconds(policy.keepaliveTimeout.nanoseconds * Self.busyFactor))
  }

  /// The handshake can begin.
  mutating func connected(now: NIODeadline) { handshakeDeadline = now + policy.handshake }

  mutating func secured(now: NIODeadline) {
    lastInput = now
    isKeptAlive = true
    ageDeadline = policy.age.map { now + $0 }
  }

  /// The peer has acknowledged our settings.
  mutating func confirmed() { handshakeDeadline = nil }

  mutating func received(now: NIODeadline) { lastInput = now }

  mutating func pingAcknowledged() { pingSent = nil }

  mutating func announced(now: NIODeadline) {
    ageDeadline = nil
    announcementDeadline = now + Self.announcementTimeout
  }

  mutating func draining() {
    ageDeadline = nil
    announcementDeadline = nil
  }

  mutating func grace(_ grace: TimeAmount, now: NIODeadline) {
    guard graceDeadline.map({ now + grace < $0 }) ?? true else { return }
    graceDeadline = now + grace
  }

  /// Stalls are looked for only while streams are open.
  mutating func hasStreams(_ hasStreams: Bool, now: NIODeadline) {
    if !hasStreams {
      stallCheck = nil
    } else if stallCheck == nil {
      stallCheck = now + stallCheckInterval
    }
  }

  private var stallCheckInterval: TimeAmount { .nanoseconds(policy.stalledStream.nanoseconds / 4) }

  mutating func due(now: NIODeadline) -> [Action] {
    var actions: [Action] = []
    if let deadline = handshakeDeadline, deadline <= now {
      handshakeDeadline = nil
      actions.append(.handshakeTimedOut)
    }
    if let deadline = keepaliveDeadline, deadline <= now {
      if pingSent == nil {
        pingSent = now
        actions.append(.sendPing)
      } else {
        isKeptAlive = false
        actions.append(.keepaliveTimedOut)
      }
    }
    if let deadline = ageDeadline, deadline <= now {
      ageDeadline = nil
      callGraceDeadline = now + policy.agedCallGrace
      actions.append(.ageReached)
    }
    if let deadline = announcementDeadline, deadline <= now {
      announcementDeadline = nil
      actions.append(.announcementSeen)
    }
    if let deadline = callGraceDeadline, deadline <= now {
      callGraceDeadline = nil
      actions.append(.callGraceEnded)
    }
    if let deadline = graceDeadline, deadline <= now {
      graceDeadline = nil
      actions.append(.graceEnded)
    }
    if let check = stallCheck, check <= now {
      stallCheck = now + stallCheckInterval
      actions.append(.checkStalledStreams)
    }
    return actions
  }
}
