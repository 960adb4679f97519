import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

/// Frames that cost the peer little and us much: each kind ends the connection at its limit.
@Suite struct FloodTests {
  private let limit = TransportLimits().maximumControlFrames

  /// Feeds `frames(n)` for n = 0, 1, … and returns for which n the connection ended, calmly.
  private func floodEndsAt(
    _ peer: RawPeer, most: Int = 20_000, _ frames: (Int) -> [RawFrame]
  ) -> Int? {
    for number in 0..<most {
      do throws(HTTP2Error) {
        try peer.send(frames(number))
      } catch {
        let goAway = peer.replies().last
        let isCalm = error.code == .enhanceYourCalm && goAway?.type == 7
        if !isCalm || goAway?.payload[7] != 11 || !peer.engine.isFinished { Issue.record(error) }
        return number
      }
    }
    return nil
  }

  @Test func rapidReset() throws {
    let peer = try RawPeer(engine: .server)
    var highestOpen = 0
    let end = floodEndsAt(peer) { number in
      highestOpen = max(highestOpen, peer.engine.openStreams)
      let id = UInt32(2 * number + 1)
      return [.headers(id), .reset(id)]
    }
    #expect(end == limit)
    #expect(highestOpen <= 1)
    let closed = peer.endpoint.events.count { $0.text.hasPrefix("closed") }
    #expect(closed == limit, "every request that reached a handler is cancelled")
  }

  @Test func rapidResetInOneRead() throws {
    let peer = try RawPeer(engine: .server)
    let ids = (0..<10_000).map { UInt32(2 * $0 + 1) }
    let frames = ids.flatMap { [RawFrame.headers($0), .reset($0)] }
    #expect(peer.codeOfConnectionError(frames) == .enhanceYourCalm)
    #expect(peer.endpoint.events.headersCount == limit + 1)
  }

  @Test func cancellingAnsweredStreamsIsNormalWork() throws {
    let peer = try RawPeer(engine: .server)
    let end = floodEndsAt(peer) { number in
      let id = UInt32(2 * number + 1)
      try? peer.send(.headers(id))
      try? peer.engine.sendHeaders(HTTP2StreamID(id), .response, endStream: false)
      _ = peer.replies()
      return [.reset(id)]
    }
    #expect(end == 4 * limit, "201 cancels in 30 s are far from the limit")
  }

  @Test func resetsSpreadOverTimeAreFine() throws {
    let peer = try RawPeer(engine: .server)
    for number in 0..<900 {
      peer.clock.advance(by: .milliseconds(200))
      let id = UInt32(2 * number + 1)
      try peer.send(.headers(id), .reset(id))
    }
  }

  @Test func aClientsOwnStreamsMayAllBeReset() throws {
    let pair = try EnginePair()
    for _ in 0..<2_000 {
      let id = try pair.open(answered: false)
      pair.server.engine.reset(id, .refusedStream)
      try pair.pump()
    }
  }

  @Test func resetsOfClosedStreams() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1), .reset(1))
    #expect(floodEndsAt(peer) { _ in [.reset(1)] } == 4 * limit)
  }

  @Test func resetsThatWeAreMadeToSendByWindowOverflow() throws {
    let peer = try RawPeer(engine: .server)
    var highestOpen = 0
    let end = floodEndsAt(peer) { number in
      _ = peer.replies()
      highestOpen = max(highestOpen, peer.engine.openStreams)
      let id = UInt32(2 * number + 1)
      return [.headers(id), .windowUpdate(id, 0x7fff_ffff)]
    }
    #expect(end == limit)
    #expect(highestOpen <= 1)
  }

  @Test func resetsThatWeAreMadeToSendByBodiesOfTheWrongLength() throws {
    let peer = try RawPeer(engine: .server)
    let end = floodEndsAt(peer) { number in
      let id = UInt32(2 * number + 1)
      let fields = RawFrame.requestFields + [("content-length", "5")]
      return [.headers(id, fields), .data(id, [1], endStream: true)]
    }
    #expect(try #require(end) <= limit)
  }

  @Test func resetsThatWeAreMadeToSendByHeaders() throws {
    let peer = try RawPeer(engine: .server)
    let end = floodEndsAt(peer) { number in
      [.headers(UInt32(2 * number + 1), RawFrame.requestFields + [("connection", "close")])]
    }
    #expect(end == limit)
    #expect(peer.endpoint.events.headersCount == 0)
  }

  @Test func ping() throws {
    let peer = try RawPeer(engine: .server)
    #expect(floodEndsAt(peer) { _ in [.ping()] } == limit)
  }

  @Test func pingAnswersThatNobodyAskedFor() throws {
    let peer = try RawPeer(engine: .client)
    #expect(floodEndsAt(peer) { _ in [.ping(acknowledgement: true)] } == limit)
  }

  @Test func settings() throws {
    let peer = try RawPeer(engine: .server)
    #expect(floodEndsAt(peer) { _ in [.settings([(3, 100)])] } == limit - 1, "one was the preface")
  }

  @Test func repliesThatThePeerDoesNotRead() throws {
    var limits = TransportLimits()
    limits.maximumControlFrames = 10
    let peer = try RawPeer(engine: .server, limits: limits)
    let end = floodEndsAt(peer) { _ in
      // Slow enough for the rate, for ever.
      peer.clock.advance(by: .seconds(4))
      return [.ping()]
    }
    #expect(end == 40)
  }

  @Test func priority() throws {
    let peer = try RawPeer(engine: .server)
    let end = floodEndsAt(peer) { [.priority(UInt32(2 * $0 + 3), on: UInt32(2 * $0 + 1))] }
    #expect(end == limit)
  }

  @Test func unknownFramesAreSkipped() throws {
    let peer = try RawPeer(engine: .client)
    for _ in 0..<1_000 { try peer.send(RawFrame(type: 0xee, stream: 1, payload: [1, 2])) }
    #expect(peer.replies().isEmpty)
    #expect(peer.endpoint.events.isEmpty)
  }

  @Test func emptyData() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(floodEndsAt(peer) { _ in [.data(1, [])] } == limit)
    #expect(peer.endpoint.events.count == 1)
  }

  @Test func dataThatIsOnlyPadding() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(floodEndsAt(peer) { _ in [.paddedData(1, [], padding: 255)] } == limit)
  }

  @Test func windowUpdatesOfOneByte() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(floodEndsAt(peer) { _ in [.windowUpdate(1, 1)] } == 10 * limit)
  }

  @Test func windowUpdatesOfAReaderAreFine() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    try peer.engine.sendHeaders(1, .response, endStream: false)
    for _ in 0..<10_000 {
      try peer.engine.sendData(1, ByteBuffer(string: "x"), endStream: false)
      #expect(peer.replies().contains { $0.type == 0 })
      try peer.send(.windowUpdate(1, 1), .windowUpdate(0, 1), .ping())
    }
  }

  @Test func windowUpdatesInSmallStepsAreFine() throws {
    // Some readers open both windows after every 4 KiB.
    let peer = try RawPeer(engine: .server, settings: [(4, 1 << 20), (5, 65_536)])
    try peer.send(.headers(1), .windowUpdate(0, 1 << 20))
    try peer.engine.sendHeaders(1, .response, endStream: false)
    for _ in 0..<1_000 {
      try peer.engine.sendData(1, .pattern(65_536), endStream: false)
      _ = peer.replies()
      for _ in 0..<16 { try peer.send(.windowUpdate(1, 4_096), .windowUpdate(0, 4_096)) }
    }
  }

  @Test func continuations() throws {
    let peer = try RawPeer(engine: .server)
    let field = RawFrame.block([("x", "y")])
    try peer.send(.headers(1, endHeaders: false))
    for _ in 0..<5 { try peer.send(.continuation(1, block: field)) }
    #expect(
      peer.codeOfConnectionError(.continuation(1, block: field)) == .enhanceYourCalm, "the sixth")
    #expect(peer.endpoint.events.isEmpty)
  }

  @Test func emptyContinuations() throws {
    let peer = try RawPeer(engine: .server)
    let frames = (0..<10).map { _ in RawFrame.continuation(1, block: []) }
    #expect(
      peer.codeOfConnectionError([.headers(1, endHeaders: false)] + frames) == .enhanceYourCalm)
  }

  @Test func goAway() throws {
    let peer = try RawPeer(engine: .client)
    _ = try peer.engine.openStream(.request, endStream: false)
    _ = peer.replies()
    #expect(floodEndsAt(peer) { _ in [.goAway(last: 1, 0)] } == limit)
  }

  @Test func informationalResponses() throws {
    let peer = try RawPeer(engine: .client)
    _ = try peer.engine.openStream(.request, endStream: true)
    _ = peer.replies()
    #expect(floodEndsAt(peer) { _ in [.headers(1, [(":status", "103")])] } == limit)
    #expect(peer.endpoint.events.isEmpty)
  }

  @Test func streamsRefusedBeforeOurSettingsAreAcknowledged() throws {
    var limits = TransportLimits()
    limits.maximumConcurrentStreams = 1
    let peer = try RawPeer(engine: .server, limits: limits, handshake: false)
    _ = peer.endpoint.output()
    try peer.endpoint.receive(RawFrame.magic)
    try peer.send(.settings())
    let end = floodEndsAt(peer) { [.headers(UInt32(2 * $0 + 1))] }
    #expect(try #require(end) <= 1 + HTTP2Engine.streamsAboveCap + limit)
    #expect(peer.endpoint.events.headersCount == 1 + HTTP2Engine.streamsAboveCap)
  }
}
