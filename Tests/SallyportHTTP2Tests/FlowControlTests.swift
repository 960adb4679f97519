import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

@Suite struct FlowControlTests {
  private func small(stream: Int = 100_000, connection: Int = 1 << 20) -> TransportLimits {
    var limits = TransportLimits()
    limits.streamWindow = stream
    limits.connectionWindow = connection
    return limits
  }

  @Test func aStreamStopsAtItsWindowAndGoesOnAfterConsume() throws {
    let pair = try EnginePair(server: small())
    pair.server.consumesAtOnce = false
    let id = try pair.open()
    let sent = ByteBuffer.pattern(250_000)
    try pair.client.engine.sendData(id, sent, endStream: true)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) == 100_000)
    #expect(pair.client.engine.queuedBytes(id) == 150_000)
    #expect(pair.client.engine.stalledStreams == [id])

    pair.server.engine.consume(id, count: 60_000)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) == 160_000)
    pair.server.engine.consume(id, count: 100_000)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) == 250_000)
    #expect(pair.client.engine.stalledStreams == [])

    var received = ByteBuffer()
    for case .data(_, var bytes, _) in pair.server.events { received.writeBuffer(&bytes) }
    #expect(received == sent)
    #expect(pair.server.events.last?.text == "end 1")
  }

  @Test func windowUpdatesAreCoalesced() throws {
    let pair = try EnginePair(server: small())
    pair.server.consumesAtOnce = false
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(100_000), endStream: false)
    try pair.server.receive(pair.client.output())
    for _ in 0..<100 { pair.server.engine.consume(id, count: 1_000) }
    let updates = RawFrame.parse(pair.server.output()).filter { $0.type == 8 }
    #expect((1...4).contains(updates.count))
  }

  @Test func theConnectionWindowBoundsAllStreams() throws {
    let pair = try EnginePair(server: small(stream: 1 << 20, connection: 150_000))
    pair.server.consumesAtOnce = false
    let first = try pair.open()
    let second = try pair.open()
    try pair.client.engine.sendData(first, .pattern(120_000), endStream: false)
    try pair.client.engine.sendData(second, .pattern(120_000), endStream: false)
    try pair.pump()
    #expect(pair.server.events.dataBytes(first) + pair.server.events.dataBytes(second) == 150_000)
    #expect(Set(pair.client.engine.stalledStreams).isSubset(of: [first, second]))
    #expect(!pair.client.engine.stalledStreams.isEmpty)
    pair.server.engine.consume(first, count: pair.server.events.dataBytes(first))
    pair.server.engine.consume(second, count: pair.server.events.dataBytes(second))
    pair.server.consumesAtOnce = true
    try pair.pump()
    #expect(pair.server.events.dataBytes(first) + pair.server.events.dataBytes(second) == 240_000)
  }

  @Test func bothDirectionsWithWindowsExhausted() throws {
    let pair = try EnginePair(client: small(), server: small())
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(1_000_000), endStream: true)
    try pair.server.engine.sendData(id, .pattern(1_500_000), endStream: true)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) == 1_000_000)
    #expect(pair.client.events.dataBytes(id) == 1_500_000)
    #expect(pair.client.engine.openStreams == 0)
  }

  @Test func consumingTooMuchOrForTheWrongStreamIsHarmless() throws {
    let pair = try EnginePair(server: small())
    pair.server.consumesAtOnce = false
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(1_000), endStream: false)
    try pair.pump()
    pair.server.engine.consume(id, count: 1_000_000)
    pair.server.engine.consume(id, count: 1_000_000)
    pair.server.engine.consume(id, count: -5)
    pair.server.engine.consume(99, count: 5)
    try pair.client.engine.sendData(id, .pattern(500_000), endStream: false)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) <= 1_000 + 100_000)
  }

  @Test func paddingIsGivenBack() throws {
    let peer = try RawPeer(engine: .server, limits: small(stream: 65_535, connection: 65_535))
    peer.endpoint.consumesAtOnce = false
    try peer.send(.headers(1))
    var credit = 65_535
    for _ in 0..<2_000 {
      // One byte of data and 201 of padding: only the byte waits for the reader.
      let frame = RawFrame.paddedData(1, [1], padding: 200)
      credit -= frame.payload.count
      try #require(credit > 0, "the window leaked")
      try peer.send(frame)
      for case let frame in peer.replies() where frame.type == 8 && frame.stream == 0 {
        credit += frame.payload.reduce(0) { $0 << 8 | Int($1) }
      }
    }
    #expect(peer.endpoint.events.dataBytes(1) == 2_000)
  }

  @Test func unreadDataOfResetStreamsIsGivenBack() throws {
    let pair = try EnginePair(server: small(stream: 100_000, connection: 200_000))
    pair.server.consumesAtOnce = false
    for round in 0..<300 {
      pair.clock.advance(by: .seconds(1))
      let id = try pair.open()
      try pair.client.engine.sendData(id, .pattern(90_000), endStream: false)
      try pair.pump()
      try #require(pair.server.take().dataBytes(id) == 90_000, "round \(round)")
      switch round % 3 {
      case 0: pair.server.engine.reset(id, .cancel)
      case 1: pair.client.engine.reset(id, .cancel)
      default:
        // More data crosses the reset on the wire.
        pair.server.engine.reset(id, .cancel)
        try pair.client.engine.sendData(id, .pattern(10_000), endStream: false)
        try pair.server.receive(pair.client.output())
      }
      try pair.pump()
      #expect(pair.server.engine.openStreams == 0)
    }
    pair.server.consumesAtOnce = true
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(5_000_000), endStream: true)
    try pair.pump()
    #expect(pair.server.take().dataBytes(id) == 5_000_000)
  }

  @Test func aZeroWindowStallsAndAWindowUpdateHelps() throws {
    // SETTINGS_INITIAL_WINDOW_SIZE = 0
    let peer = try RawPeer(engine: .server, settings: [(4, 0)])
    try peer.send(.headers(1, endStream: true))
    try peer.engine.sendHeaders(1, .response, endStream: false)
    try peer.engine.sendData(1, ByteBuffer(string: "abcdef"), endStream: true)
    #expect(peer.replies().map(\.type) == [1])
    #expect(peer.engine.stalledStreams == [1])
    try peer.send(.windowUpdate(1, 2))
    #expect(peer.replies() == [.data(1, Array("ab".utf8))])
    #expect(peer.engine.stalledStreams == [1])
    try peer.send(.windowUpdate(1, 100))
    #expect(peer.replies() == [.data(1, Array("cdef".utf8), endStream: true)])
    #expect(peer.engine.stalledStreams == [])
  }

  @Test func settingsMayMakeAWindowNegative() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1, endStream: true))
    try peer.engine.sendHeaders(1, .response, endStream: false)
    try peer.engine.sendData(1, .pattern(100_000), endStream: true)
    #expect(peer.replies().reduce(0) { $1.type == 0 ? $0 + $1.payload.count : $0 } == 65_535)
    try peer.send(.settings([(4, 10)]), .windowUpdate(0, 100_000))
    #expect(!peer.replies().contains { $0.type == 0 })
    #expect(peer.engine.stalledStreams == [1])
    try peer.send(.windowUpdate(1, 65_525))
    #expect(!peer.replies().contains { $0.type == 0 }, "still not above zero")
    try peer.send(.windowUpdate(1, 1))
    #expect(peer.replies().map(\.payload.count) == [1])
  }

  @Test func aBulkStreamDoesNotStarveASmallOne() throws {
    let pair = try EnginePair()
    let bulk = try pair.open()
    let small = try pair.open()
    try pair.client.engine.sendData(bulk, .pattern(1_000_000), endStream: false)
    var started = ByteBuffer()
    #expect(try pair.client.engine.produce(into: &started, limit: 65_536))
    try pair.client.engine.sendData(small, ByteBuffer(string: "me too"), endStream: false)
    pair.client.engine.ping(1)
    var output = ByteBuffer()
    #expect(try pair.client.engine.produce(into: &output, limit: 140_000))
    let frames = RawFrame.parse(Array(output.readableBytesView))
    #expect(frames.first?.type == 6, "control frames first")
    let position = try #require(frames.firstIndex { $0.stream == UInt32(small) })
    #expect(position <= 2, "after one more frame of the bulk stream at most")
  }

  @Test func producingStopsAtTheLimit() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(500_000), endStream: false)
    var output = ByteBuffer()
    #expect(try pair.client.engine.produce(into: &output, limit: 1))
    #expect(output.readableBytes == 9 + 65_536)
    #expect(try pair.client.engine.produce(into: &output, limit: 1), "full already, more waits")
    #expect(output.readableBytes == 9 + 65_536)
    #expect(try pair.client.engine.produce(into: &output, limit: .max) == false)
    #expect(pair.client.engine.queuedBytes(id) == 0)
  }
}
