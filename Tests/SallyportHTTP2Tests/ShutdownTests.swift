import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

@Suite struct ShutdownTests {
  @Test func aServerAnnouncesThenStops() throws {
    let pair = try EnginePair()
    let first = try pair.open()
    pair.server.engine.beginShutdown()
    // A request that crosses the notice on the wire is still served.
    let second = try pair.client.engine.openStream(.request, endStream: true)
    let crossing = pair.client.output()
    try pair.pump()
    #expect(pair.client.take().texts == ["goaway \(Int32.max) 0 "])
    try pair.server.receive(crossing)
    #expect(pair.server.take().headersCount == 1)
    #expect(throws: HTTP2Error.self) {
      _ = try pair.client.engine.openStream(.request, endStream: true)
    }

    pair.server.engine.goAway(.noError, debugData: "bye")
    try pair.pump()
    #expect(pair.client.take().texts == ["goaway 3 0 bye"])
    #expect(!pair.server.engine.isFinished)
    try pair.server.engine.sendHeaders(second, .response, endStream: true)
    try pair.server.engine.sendData(first, ByteBuffer(), endStream: true)
    try pair.client.engine.sendData(first, ByteBuffer(), endStream: true)
    try pair.pump()
    #expect(pair.server.engine.openStreams == 0)
    #expect(pair.server.engine.isFinished)
    #expect(pair.client.engine.isFinished)
  }

  @Test func streamsAboveTheLastAreRefused() throws {
    let pair = try EnginePair()
    let first = try pair.open()
    pair.server.engine.goAway(.noError, debugData: "")
    let second = try pair.client.engine.openStream(.request, endStream: true)
    let crossing = pair.client.output()
    _ = try pair.client.receive(pair.server.output())
    #expect(pair.client.take().texts == ["goaway 1 0 ", "closed \(second) 7 by peer"])
    try pair.server.receive(crossing)
    #expect(pair.server.take().headersCount == 0)
    #expect(pair.client.engine.openStreams == 1)
    #expect(pair.server.engine.queuedBytes(first) == 0)
  }

  @Test func aClientLeaves() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    pair.client.engine.beginShutdown()
    try pair.pump()
    #expect(pair.server.take().texts == ["goaway 0 0 "])
    #expect(throws: HTTP2Error.self) {
      _ = try pair.client.engine.openStream(.request, endStream: true)
    }
    try pair.server.engine.sendTrailers(id, [HeaderField("grpc-status", "0")])
    try pair.client.engine.sendData(id, ByteBuffer(), endStream: true)
    try pair.pump()
    #expect(pair.client.engine.isFinished)
  }

  @Test func goAwayWithAnErrorOfOurOwnIsNoFailure() throws {
    let pair = try EnginePair()
    pair.server.engine.goAway(.enhanceYourCalm, debugData: "too many connections")
    try pair.pump()
    #expect(pair.client.take().texts == ["goaway 0 11 too many connections"])
    #expect(pair.server.engine.isFinished)
  }

  @Test func nothingHappensAfterAFailure() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(peer.codeOfConnectionError(.data(0, [1])) == .protocolError)
    #expect(throws: HTTP2Error.self) { try peer.send(.ping()) }
    #expect(throws: HTTP2Error.self) {
      try peer.engine.sendHeaders(1, .response, endStream: true)
    }
    peer.engine.reset(1, .cancel)
    peer.engine.ping(1)
    peer.engine.consume(1, count: 1)
    peer.engine.beginShutdown()
    peer.engine.goAway(.noError, debugData: "")
    #expect(peer.engine.waitingStreams == [])
    #expect(peer.replies() == [])
    #expect(peer.engine.isFinished)
  }

  @Test func anEngineIsFreed() throws {
    weak var engine: HTTP2Engine?
    do {
      let pair = try EnginePair()
      _ = try pair.open()
      engine = pair.server.engine
      #expect(engine != nil)
    }
    #expect(engine == nil)
  }
}
