import SallyportRelay
import SwiftProtobuf

/// What every session has: its call, and what waits on either side of it.
struct SessionLine<Inbound: Message, Outbound: Message, Signal: Sendable>: Sendable {
  let inbox: SessionInbox<Inbound, Signal>
  let outbox: SessionOutbox<Outbound>
  let call: any LastingCall
  let ticks: SessionTicks

  init(capacity: Int, call: any LastingCall, ticks: SessionTicks) {
    inbox = SessionInbox(capacity: capacity)
    outbox = SessionOutbox(capacity: capacity)
    self.call = call
    self.ticks = ticks
  }
}
