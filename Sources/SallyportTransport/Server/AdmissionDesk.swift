import NIOCore
import Synchronization

/// Carries out what ``Admission`` decides for one listener: holds the connections that wait, calls
/// them on their loops when it is their turn, and stops the listening socket from being read.
final class AdmissionDesk: Sendable {
  /// A connection that has come to the desk.
  struct Arrival: Sendable {
    fileprivate let id: UInt64
    fileprivate let address: String
  }

  private struct Guest: Sendable {
    let eventLoop: any EventLoop
    let call: @Sendable (_ isAdmitted: Bool) -> Void
  }

  private struct State {
    var admission: Admission
    /// Whether connections are accepted here at all.
    var isOpen: Bool
    var guests: [UInt64: Guest] = [:]
    var nextID: UInt64 = 0
    var wake: NIODeadline?
    /// Reads the listening socket again; set while it is not read.
    var resume: (@Sendable () -> Void)?

    var acceptsMore: Bool { isOpen && admission.acceptsMore }
  }

  private let state: Mutex<State>
  private let eventLoop: any EventLoop

  /// - Parameters:
  ///   - isOpen: False where ``open()`` says later that connections are accepted.
  ///   - eventLoop: For the clock.
  init(_ limits: Admission.Limits, isOpen: Bool = true, eventLoop: any EventLoop) {
    state = Mutex(State(admission: Admission(limits, now: .now()), isOpen: isOpen))
    self.eventLoop = eventLoop
  }

  /// Connections are accepted from now on.
  func open() {
    perform { state, _ in
      state.isOpen = true
      return []
    }
  }

  /// None is accepted any more, whatever room there is; those who have come are dealt with.
  func shut() { state.withLock { $0.isOpen = false } }

  /// A connection that nothing is read from yet.
  ///
  /// - Parameter call: Called once, on the channel's loop and not before this returns: begin the
  ///   handshake, and say when it is over with ``left(_:isKnown:)``; or close the connection.
  func arrived(
    _ channel: any Channel, from address: String,
    call: @escaping @Sendable (_ isAdmitted: Bool) -> Void
  ) -> Arrival {
    let guest = Guest(eventLoop: channel.eventLoop, call: call)
    var id: UInt64 = 0
    perform { state, now in
      state.nextID += 1
      id = state.nextID
      state.guests[id] = guest
      return state.admission.arrived(id, from: address, now: now)
    }
    return Arrival(id: id, address: address)
  }

  /// Its peer has left. Where it still waits, it is called, not admitted.
  func gone(_ arrival: Arrival) {
    perform { state, now in
      state.admission.left(arrival.id, from: arrival.address, now: now)
    }
  }

  /// Turns away everybody who waits.
  func close() {
    perform { state, _ in
      defer { state.admission.clear() }
      return state.guests.keys.map { .close($0) }
    }
  }

  /// - Parameter isKnown: The peer has shown who it is.
  func left(_ address: String, isKnown: Bool) {
    perform { state, now in
      state.admission.ended(handshakeFrom: address, isKnown: isKnown, now: now)
    }
  }

  /// - Parameter resume: Called once when there is room again, where there is none now.
  /// - Returns: Whether the listening socket may be read.
  func mayAccept(orElse resume: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      guard !state.acceptsMore else { return true }
      state.resume = resume
      return false
    }
  }

  private func perform(_ change: (inout State, NIODeadline) -> [Admission.Action]) {
    let now = NIODeadline.now()
    let (called, resume, wake) = state.withLock { state in
      var called: [(guest: Guest, isAdmitted: Bool)] = []
      for action in change(&state, now) {
        switch action {
        case .start(let id):
          if let guest = state.guests.removeValue(forKey: id) { called.append((guest, true)) }
        case .close(let id):
          if let guest = state.guests.removeValue(forKey: id) { called.append((guest, false)) }
        }
      }
      var resume: (@Sendable () -> Void)?
      if state.acceptsMore { swap(&resume, &state.resume) }
      let deadline = state.admission.deadline(now)
      let isSooner = deadline.map { deadline in state.wake.map { deadline < $0 } ?? true } ?? false
      if isSooner { state.wake = deadline }
      return (called, resume, isSooner ? deadline : nil)
    }
    for (guest, isAdmitted) in called {
      guest.eventLoop.execute { guest.call(isAdmitted) }
    }
    resume?()
    if let wake {
      eventLoop.scheduleTask(deadline: wake) { [weak self] in self?.tick(wake) }
    }
  }

  private func tick(_ deadline: NIODeadline) {
    perform { state, now in
      if state.wake == deadline { state.wake = nil }
      return state.admission.due(now)
    }
  }
}
