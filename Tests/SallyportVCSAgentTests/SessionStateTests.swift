import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportVCSAgent

@Suite struct SessionStateTests {
  private static let externalID = String(repeating: "e", count: 32)

  private func welcome(_ externalID: String = SessionStateTests.externalID) -> SessionState.Input {
    .message(.with { $0.welcome.externalID = externalID })
  }

  private func openRelay(_ id: RelayID) -> SessionState.Input {
    .message(.with { $0.openRelay.relayID = id.rawValue })
  }

  private func open() -> SessionState {
    var state = SessionState(externalID: Self.externalID)
    _ = state.handle(welcome())
    return state
  }

  private func refusal(_ actions: [SessionState.Action]) -> String? {
    guard case .send(let message) = actions.first else { return nil }
    return message.relayRefused.reason
  }

  @Test func opensOnWelcome() {
    var state = SessionState(externalID: Self.externalID)
    let actions = state.handle(welcome())
    #expect(
      actions.first == .established(pingInterval: .seconds(30), returnWindow: nil, session: ""))
    guard case .send(let ping) = actions.last else {
      Issue.record("no ping")
      return
    }
    #expect(ping.ping.nonce != 0 || ping.message != nil)
    #expect(state.handle(.welcomeDeadline) == [])
    #expect(state.handle(welcome()) == [.fail(.secondWelcome)])
    #expect(state.handle(.tick) == [])
  }

  @Test func refusesAnotherGateway() {
    for id in ["", "x", String(repeating: "E", count: 32), Self.externalID + "e"] {
      var state = SessionState(externalID: Self.externalID)
      #expect(state.handle(welcome(id)) == [.fail(.externalID)])
    }
    var unpinned = SessionState(externalID: "")
    #expect(unpinned.handle(welcome("")) == [.fail(.externalID)])
  }

  @Test func wantsWelcomeFirst() {
    var state = SessionState(externalID: Self.externalID)
    #expect(state.handle(openRelay(.random())) == [.fail(.noWelcome)])
    var slow = SessionState(externalID: Self.externalID)
    #expect(slow.handle(.welcomeDeadline) == [.fail(.noWelcome)])
  }

  @Test func boundsPingInterval() {
    var state = SessionState(externalID: Self.externalID)
    let actions = state.handle(
      .message(
        .with {
          $0.welcome.externalID = Self.externalID
          $0.welcome.pingInterval = .init(seconds: 0, nanos: 0)
        }))
    #expect(
      actions.first == .established(pingInterval: .milliseconds(50), returnWindow: nil, session: "")
    )
  }

  @Test func answersPingsAndNoticesSilence() {
    var state = open()
    let pong = state.handle(.message(.with { $0.ping.nonce = 77 }))
    #expect(pong == [.send(.with { $0.pong.nonce = 77 })])
    guard case .send(let ping) = state.handle(.tick).first else {
      Issue.record("no ping")
      return
    }
    _ = state.handle(.message(.with { $0.pong.nonce = ping.ping.nonce }))
    _ = state.handle(.tick)
    _ = state.handle(.tick)
    #expect(state.handle(.tick) == [.fail(.silent)])
  }

  @Test func opensEachRelayOnce() {
    var state = open()
    let id = RelayID.random()
    #expect(state.handle(openRelay(id)) == [.serve(id)])
    #expect(refusal(state.handle(openRelay(id)))?.contains("open already") == true)
    #expect(state.handle(.relayEnded(id)) == [])
    #expect(state.handle(openRelay(id)) == [.serve(id)])
    for text in ["", "x", String(repeating: "A", count: 32), "../../../x"] {
      let actions = state.handle(.message(.with { $0.openRelay.relayID = text }))
      #expect(refusal(actions) == "malformed relay id")
    }
  }

  /// The gateway, which waits for the relay, hears at once that it will not come.
  @Test func refusesRelaysThatFail() {
    var state = open()
    let id = RelayID.random()
    _ = state.handle(openRelay(id))
    let actions = state.handle(.relayFailed(id, reason: "no connection"))
    #expect(
      actions == [
        .send(
          .with {
            $0.relayRefused.relayID = id.rawValue
            $0.relayRefused.reason = "no connection"
          })
      ])
    _ = state.handle(openRelay(id))
    _ = state.handle(.drain)
    #expect(state.handle(.relayFailed(id, reason: "x")).last == .finish)
  }

  @Test func drainsWithRelaysLive() {
    var state = open()
    let id = RelayID.random()
    _ = state.handle(openRelay(id))
    guard case .send(let message) = state.handle(.drain).first else {
      Issue.record("nothing was said")
      return
    }
    #expect(!message.drain.reason.isEmpty)
    #expect(refusal(state.handle(openRelay(.random()))) != nil)
    #expect(state.handle(.drain) == [])
    #expect(state.handle(.relayEnded(id)) == [.finish])
    #expect(state.handle(.tick) == [])
  }

  @Test func drainsAtOnceWithoutRelays() {
    var state = open()
    #expect(state.handle(.drain).last == .finish)
  }

  @Test func relaysOutliveTheStream() {
    var state = open()
    let id = RelayID.random()
    _ = state.handle(openRelay(id))
    #expect(state.handle(.streamEnded) == [.leaveConnection(grace: nil)])
    #expect(state.handle(.drain) == [])
    // Nobody answers pings any more, and nobody hears a refusal.
    for _ in 0..<10 { #expect(state.handle(.tick) == []) }
    #expect(state.handle(.relayEnded(id)) == [.finish])
    var idle = open()
    #expect(idle.handle(.streamEnded) == [.finish])
  }

  @Test func leavesWhenTheGatewayDrains() {
    var state = open()
    #expect(
      state.handle(.message(.with { $0.drain.reason = "stopping" })) == [
        .leaveConnection(grace: nil)
      ])
  }
}
