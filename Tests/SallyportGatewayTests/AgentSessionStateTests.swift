import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct AgentSessionStateTests {
  private let start = Timestamp(seconds: 1_000)
  private let limits = GatewayLimits()

  private func opened() -> AgentSessionState {
    var state = AgentSessionState(limits: SharedLimits(limits), now: start)
    _ = state.handle(.message(.with { $0.hello.capacity = 4 }), now: start)
    #expect(state.handle(.opened(.random(), externalID: "external"), now: start).count == 1)
    return state
  }

  @Test("Hello comes first, once, and in time")
  func hello() {
    var late = AgentSessionState(limits: SharedLimits(limits), now: start)
    #expect(late.handle(.tick, now: start + .seconds(10)) == [.end(.noHello)])
    var eager = AgentSessionState(limits: SharedLimits(limits), now: start)
    #expect(
      eager.handle(.message(.with { $0.ping.nonce = 1 }), now: start)
        == [.end(.violation("a session begins with Hello"))])
    var twice = opened()
    #expect(
      twice.handle(.message(.with { $0.hello = .init() }), now: start)
        == [.end(.violation("a session has one Hello"))])
  }

  @Test("relays are asked for with their deadline, and refusals come back")
  func relays() {
    var state = opened()
    let id = RelayID.random()
    #expect(
      state.handle(.signal(.openRelay(id)), now: start)
        == [.send(.openRelay(id, deadline: limits.relayDeadline))])
    let refusal = AgentMessage.with {
      $0.relayRefused.relayID = id.rawValue
      $0.relayRefused.reason = "busy"
    }
    #expect(state.handle(.message(refusal), now: start) == [.relayRefused(id, reason: "busy")])
    let malformed = AgentMessage.with { $0.relayRefused.relayID = "../x" }
    #expect(
      state.handle(.message(malformed), now: start) == [.end(.violation("not a relay id"))])
  }

  @Test("pings are answered and sent; silence ends the session")
  func pings() {
    var state = opened()
    #expect(
      state.handle(.message(.with { $0.ping.nonce = 9 }), now: start) == [.send(.pong(9))])
    #expect(state.handle(.tick, now: start + .seconds(29)).isEmpty)
    #expect(state.handle(.tick, now: start + .seconds(30)).count == 1)
    #expect(state.handle(.tick, now: start + .seconds(60)).count == 1)
    #expect(state.handle(.tick, now: start + .seconds(90)) == [.end(.unresponsive)])
  }

  @Test("a stopping gateway drains first; an unknown message is ignored")
  func ends() {
    var state = opened()
    #expect(state.handle(.message(AgentMessage()), now: start).isEmpty)
    #expect(state.handle(.message(.with { $0.drain = .init() }), now: start) == [.noteDraining])
    let drain = state.handle(.signal(.gatewayStops), now: start)
    #expect(drain.count == 2 && drain.first == .noteDraining)
    #expect(state.handle(.signal(.leaveConnection), now: start) == [])
    #expect(state.handle(.signal(.end(.shutdown)), now: start) == [.end(.shutdown)])
    #expect(state.handle(.signal(.openRelay(.random())), now: start).isEmpty)
  }
}
