import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

@Suite struct FlowControlTests {
  private func small(stream: Int = 100_000, connection: Int = 1 << 20) -> TransportLimits {
    var limits = TransportLimits()
    limits.initialStreamWindow = stream
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
    #expect(pair.client.engine.waitingStreams == [id])

    pair.server.engine.consume(id, count: 60_000)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) == 160_000)
    pair.server.engine.consume(id, count: 100_000)
    try pair.pump()
    #expect(pair.server.events.dataBytes(id) == 250_000)
    #expect(pair.client.engine.waitingStreams == [])

    var received = ByteBuffer()
    for case .data(_, var bytes) in pair.server.events { received.writeBuffer(&bytes) }
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

  /// More unread streams than the connection's window has room for, by their largest windows.
  @Test func streamsThatAreNotReadStopNoOther() throws {
    let pair = try EnginePair()
    pair.server.consumesAtOnce = false
    var unread: [HTTP2StreamID] = []
    for _ in 0..<400 {
      let id = try pair.open()
      try pair.client.engine.sendData(id, .pattern(1 << 20), endStream: false)
      try pair.pump()
      #expect(pair.server.take().dataBytes(id) == 64 * 1_024)
      unread.append(id)
    }
    #expect(Set(pair.client.engine.waitingStreams) == Set(unread))
    pair.server.consumesAtOnce = true
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(40 << 20), endStream: true)
    try pair.pump()
    #expect(pair.server.take().dataBytes(id) == 40 << 20)
  }

  @Test func aWindowGrowsWhileTheReaderKeepsUp() throws {
    var limits = TransportLimits()
    limits.initialStreamWindow = 10_000
    limits.streamWindow = 45_000
    limits.windowGrowth = 100_000
    let pair = try EnginePair(server: limits)
    pair.server.consumesAtOnce = false
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(1_000_000), endStream: false)
    var batches: [Int] = []
    for _ in 0..<6 {
      try pair.pump()
      let count = pair.server.take().dataBytes(id)
      batches.append(count)
      pair.server.engine.consume(id, count: count)
    }
    #expect(batches == [10_000, 20_000, 40_000, 45_000, 45_000, 45_000])
  }

  /// Data as it comes from afar: in pieces, each dealt with before the next, and what the reader says
  /// arrives a round trip later.
  private func roundTrip(_ pair: EnginePair) throws -> [UInt8] {
    let bytes = pair.client.output()
    for start in stride(from: 0, to: bytes.count, by: 10_000) {
      try pair.server.receive(bytes[start..<min(start + 10_000, bytes.count)])
    }
    pair.clock.advance(by: .milliseconds(50))
    let answer = pair.server.output()
    try pair.client.receive(answer)
    return answer
  }

  private func pings(_ bytes: [UInt8]) -> Int { RawFrame.parse(bytes).count { $0.type == 6 } }

  /// By its own books such a reader always has credit left to give.
  @Test func aWindowGrowsOverADistanceAlthoughItsReaderLosesNoTime() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(100 << 20), endStream: false)
    var (batches, asked) = ([Int](), 0)
    for _ in 0..<30 {
      asked += pings(try roundTrip(pair))
      batches.append(pair.server.take().dataBytes(id))
    }
    #expect(batches[0] == 64 * 1_024, "\(batches)")
    #expect(batches.suffix(2).allSatisfy { $0 >= 4 << 20 })
    #expect((7...12).contains(asked))
    // As wide as it gets: nothing left to find out.
    #expect(pings(try roundTrip(pair)) == 0)
  }

  @Test func whatIsSlowForAnotherReasonIsAskedAboutRarely() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    var asked = 0
    for _ in 0..<600 {
      try pair.client.engine.sendData(id, .pattern(20_000), endStream: false)
      asked += pings(try roundTrip(pair))
    }
    // Of the 200 control frames of a kind that a peer may send in these 30 seconds.
    #expect((1...110).contains(asked))
    // 20,000 bytes in a round trip need no more than 64 KiB.
    try pair.client.engine.sendData(id, .pattern(1 << 20), endStream: false)
    #expect(pings(pair.client.output()) == 0)
    _ = pair.server.take()
    pair.server.consumesAtOnce = false
    try pair.pump()
    #expect(pair.server.take().dataBytes(id) <= 64 * 1_024)
  }

  @Test func whatTricklesInIsNotAskedAbout() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    for _ in 0..<600 {
      try pair.client.engine.sendData(id, .pattern(1_000), endStream: false)
      #expect(pings(try roundTrip(pair)) == 0)
    }
  }

  @Test func aWindowStaysWhereItIsNotWhatHoldsTheSenderBack() throws {
    var limits = TransportLimits()
    limits.initialStreamWindow = 10_000
    let pair = try EnginePair(server: limits)
    pair.server.consumesAtOnce = false
    // A sender that never runs short of it.
    let slow = try pair.open()
    for _ in 0..<100 {
      try pair.client.engine.sendData(slow, .pattern(1_000), endStream: false)
      try pair.pump()
      pair.server.engine.consume(slow, count: 1_000)
    }
    try pair.client.engine.sendData(slow, .pattern(100_000), endStream: false)
    try pair.pump()
    #expect(pair.server.take().dataBytes(slow) <= 110_000)
    // A reader that lags behind.
    let lagging = try pair.open()
    try pair.client.engine.sendData(lagging, .pattern(1_000_000), endStream: false)
    for _ in 0..<20 {
      try pair.pump()
      pair.server.engine.consume(lagging, count: 5_000)
    }
    #expect(pair.server.take().dataBytes(lagging) <= 110_000)
  }

  /// Streams whose reader keeps up share a budget of 45,000 bytes beyond the 10,000 that each has.
  @Test func windowsGrowWithinABudgetThatIsShared() throws {
    var limits = TransportLimits()
    limits.initialStreamWindow = 10_000
    limits.streamWindow = 40_000
    limits.windowGrowth = 45_000
    let pair = try EnginePair(server: limits)
    var ids: [HTTP2StreamID] = []
    /// What each stream may send while nobody reads, after all have sent and were read: its window, or
    /// less by what was read and not told yet, which is half of it at most.
    func windows() throws -> [Int] {
      for isRead in Array(repeating: true, count: 8) + [false] {
        pair.server.consumesAtOnce = isRead
        for id in ids { try pair.client.engine.sendData(id, .pattern(100_000), endStream: false) }
        try pair.pump()
        if isRead { _ = pair.server.take() }
      }
      let events = pair.server.take()
      let windows = ids.map { events.dataBytes($0) }
      for (id, window) in zip(ids, windows) { pair.server.engine.consume(id, count: window) }
      pair.server.consumesAtOnce = true
      try pair.pump()
      _ = pair.server.take()
      return windows
    }
    for share in [40_000, 32_500, 25_000, 21_250, 19_000] {
      ids.append(try pair.open())
      let found = try windows()
      #expect(found.allSatisfy { (share / 2...share).contains($0) }, "\(found), not \(share)")
    }
    // What a stream had is the others' once it is closed.
    while ids.count > 1 {
      pair.client.engine.reset(ids.removeFirst(), .cancel)
      try pair.pump()
    }
    let left = try windows()
    #expect((30_000...40_000).contains(left[0]), "\(left)")
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
    #expect(peer.engine.waitingStreams == [1])
    try peer.send(.windowUpdate(1, 2))
    #expect(peer.replies() == [.data(1, Array("ab".utf8))])
    #expect(peer.engine.waitingStreams == [1])
    try peer.send(.windowUpdate(1, 100))
    #expect(peer.replies() == [.data(1, Array("cdef".utf8), endStream: true)])
    #expect(peer.engine.waitingStreams == [])
  }

  @Test func settingsMayMakeAWindowNegative() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1, endStream: true))
    try peer.engine.sendHeaders(1, .response, endStream: false)
    try peer.engine.sendData(1, .pattern(100_000), endStream: true)
    #expect(peer.replies().reduce(0) { $1.type == 0 ? $0 + $1.payload.count : $0 } == 65_535)
    try peer.send(.settings([(4, 10)]), .windowUpdate(0, 100_000))
    #expect(!peer.replies().contains { $0.type == 0 })
    #expect(peer.engine.waitingStreams == [1])
    try peer.send(.windowUpdate(1, 65_525))
    #expect(!peer.replies().contains { $0.type == 0 }, "still not above zero")
    try peer.send(.windowUpdate(1, 1))
    #expect(peer.replies().map(\.payload.count) == [1])
  }

  @Test func aBulkStreamDoesNotStarveASmallOne() throws {
    let pair = try EnginePair(server: small(stream: 1 << 20, connection: 16 << 20))
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
    let pair = try EnginePair(server: small(stream: 1 << 20, connection: 16 << 20))
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
