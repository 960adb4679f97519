import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

/// Frames that break RFC 9113, one at a time.
@Suite struct HostileFrameTests {
  @Test func notHTTP2() throws {
    let peer = try RawPeer(engine: .server, handshake: false)
    #expect(throws: HTTP2Error.self) {
      try peer.endpoint.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    }
  }

  @Test func theFirstFrameMustBeSettings() throws {
    let server = try RawPeer(engine: .server, handshake: false)
    try server.endpoint.receive(RawFrame.magic)
    #expect(server.codeOfConnectionError(.ping()) == .protocolError)
    let client = try RawPeer(engine: .client, handshake: false)
    #expect(client.codeOfConnectionError(.ping()) == .protocolError)
  }

  // MARK: - Streams out of order

  @Test(arguments: [
    [RawFrame.headers(2)],
    [.headers(0)],
    [.data(0, [1])],
    [.data(1, [1])],
    [.windowUpdate(1, 1)],
    [.reset(1)],
    [.reset(0)],
    [.headers(1, endStream: true), .headers(1, endStream: true)],
    [.headers(1), .headers(1)],
  ])
  func streamMisuse(frames: [RawFrame]) throws {
    let peer = try RawPeer(engine: .server)
    let code = peer.codeOfConnectionError(frames)
    if let code {
      #expect([.protocolError, .streamClosed].contains(code))
    } else {
      // A second HEADERS on an open stream are trailers without END_STREAM: a stream error.
      #expect(peer.replies().contains { $0.type == 3 })
    }
    #expect(peer.endpoint.events.headersCount <= 1)
  }

  @Test func idsOnlyGrow() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(5, endStream: true))
    // Either ignored, as for a stream closed long ago, or the end of the connection; never served.
    _ = peer.codeOfConnectionError(.headers(3, endStream: true))
    #expect(peer.endpoint.events.headersCount == 1)
  }

  @Test func idsOfClosedStreamsAreNotReused() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1, endStream: true))
    try peer.engine.sendHeaders(1, .response, endStream: true)
    _ = peer.replies()
    _ = peer.codeOfConnectionError(.headers(1, endStream: true))
    #expect(peer.endpoint.events.headersCount == 1)
  }

  @Test func theLastIDIsServedAndNothingAfterIt() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(0x7fff_ffff, endStream: true))
    #expect(peer.endpoint.events.headersCount == 1)
    try peer.engine.sendHeaders(.max, .response, endStream: true)
    #expect(peer.replies().map(\.stream) == [0x7fff_ffff])
    _ = peer.codeOfConnectionError(.headers(1, endStream: true))
    #expect(peer.endpoint.events.headersCount == 1)
  }

  @Test func moreStreamsThanAdvertised() throws {
    var limits = TransportLimits()
    limits.maximumConcurrentStreams = 2
    let peer = try RawPeer(engine: .server, limits: limits)
    let allowed = 2 + HTTP2Engine.streamsAboveCap
    try peer.send((0..<allowed).map { .headers(UInt32(2 * $0 + 1)) })
    #expect(peer.codeOfConnectionError(.headers(UInt32(2 * allowed + 1))) == .protocolError)
    #expect(peer.endpoint.events.headersCount == allowed)
  }

  // MARK: - Frames that do not fit the stream's state

  @Test func dataAfterTheEnd() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1, endStream: true))
    #expect(peer.codeOfConnectionError(.data(1, [1])) == .streamClosed)
  }

  @Test func aStreamThatDependsOnItself() throws {
    let peer = try RawPeer(engine: .server)
    #expect(peer.codeOfConnectionError(.priority(1, on: 1)) == .protocolError)
  }

  @Test func pushIsRefusedByBothRoles() throws {
    let push = RawFrame(
      type: 5, flags: 4, stream: 1,
      payload: RawFrame.bigEndian(2) + RawFrame.block(RawFrame.requestFields))
    let client = try RawPeer(engine: .client)
    _ = try client.engine.openStream(.request, endStream: true)
    _ = client.replies()
    #expect(client.codeOfConnectionError(push) == .protocolError)
    let server = try RawPeer(engine: .server)
    try server.send(.headers(1))
    #expect(server.codeOfConnectionError(push) == .protocolError)
  }

  @Test func pushBeforeOurSettingsAreAcknowledged() throws {
    let client = try RawPeer(engine: .client, handshake: false)
    _ = try client.engine.openStream(.request, endStream: true)
    _ = client.replies()
    let push = RawFrame(
      type: 5, flags: 4, stream: 1,
      payload: RawFrame.bigEndian(2) + RawFrame.block(RawFrame.requestFields))
    #expect(client.codeOfConnectionError(.settings(), push) == .protocolError)
  }

  @Test(arguments: [1, 2, 7] as [UInt32])
  func streamsOpenedByAServerAreRefused(id: UInt32) throws {
    let client = try RawPeer(engine: .client)
    #expect(client.codeOfConnectionError(.headers(id)) == .protocolError)
  }

  // MARK: - Windows

  @Test func anIncrementOfZero() throws {
    let connection = try RawPeer(engine: .server)
    #expect(connection.codeOfConnectionError(.windowUpdate(0, 0)) == .protocolError)
    let stream = try RawPeer(engine: .server)
    #expect(stream.codeOfConnectionError(.headers(1), .windowUpdate(1, 0)) == .protocolError)
  }

  @Test func windowsAbove2To31() throws {
    let connection = try RawPeer(engine: .server)
    #expect(
      connection.codeOfConnectionError(.windowUpdate(0, 0x7fff_ffff)) == .flowControlError)
    let stream = try RawPeer(engine: .server)
    #expect(
      try stream.codeOfStreamError(.headers(1), .windowUpdate(1, 0x7fff_ffff))
        == .flowControlError)
    #expect(stream.endpoint.events.last?.text == "closed 1 3")
    let settings = try RawPeer(engine: .server)
    #expect(settings.codeOfConnectionError(.settings([(4, 0x8000_0000)])) == .flowControlError)
  }

  @Test func settingsThatOverflowAnOpenWindow() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1), .windowUpdate(1, 0x7fff_0000))
    let ended = peer.codeOfConnectionError(.settings([(4, 0x7fff_ffff)]))
    #expect(ended == .flowControlError || peer.endpoint.events.last?.text == "closed 1 3")
  }

  @Test func moreDataThanTheWindowAllows() throws {
    var limits = TransportLimits()
    limits.streamWindow = 1_000
    let peer = try RawPeer(engine: .server, limits: limits)
    peer.endpoint.consumesAtOnce = false
    try peer.send(.headers(1))
    let payload = [UInt8](repeating: 0, count: 1_001)
    let ended = peer.codeOfConnectionError(.data(1, payload))
    #expect(ended == .flowControlError || peer.endpoint.events.last?.text == "closed 1 3")
    #expect(peer.engine.openStreams == 0)
  }

  // MARK: - Sizes

  @Test(arguments: [
    RawFrame(type: 6, payload: [1]),
    RawFrame(type: 4, payload: [1, 2, 3]),
    RawFrame(type: 4, flags: 1, payload: [0, 1, 0, 0, 0, 0]),
    RawFrame(type: 8, payload: [0, 0, 1]),
    RawFrame(type: 3, stream: 1, payload: [0]),
    RawFrame(type: 2, stream: 1, payload: [0]),
    RawFrame(type: 7, payload: [0]),
    RawFrame(type: 0, stream: 1, payload: [UInt8](repeating: 0, count: 65_537)),
  ])
  func framesOfTheWrongSize(frame: RawFrame) throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(peer.codeOfConnectionError(frame) == .frameSizeError)
  }

  @Test(arguments: [
    RawFrame(type: 0, flags: 8, stream: 1, payload: [5, 1]),
    RawFrame(type: 0, flags: 8, stream: 1, payload: []),
    RawFrame(type: 1, flags: 12, stream: 1, payload: [200, 0]),
  ])
  func morePaddingThanFrame(frame: RawFrame) throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(peer.codeOfConnectionError(frame) != nil)
  }

  @Test(arguments: [[(5, 1_000)], [(5, 0x0100_0000)], [(2, 2)]] as [[(UInt16, UInt32)]])
  func settingsOutOfRange(entries: [(UInt16, UInt32)]) throws {
    let peer = try RawPeer(engine: .server)
    #expect(peer.codeOfConnectionError(.settings(entries)) == .protocolError)
  }

  @Test func settingsWithTooManyEntries() throws {
    let peer = try RawPeer(engine: .server)
    let entries = (0..<33).map { _ in (UInt16(3), UInt32(1)) }
    #expect(peer.codeOfConnectionError(.settings(entries)) != nil)
  }

  @Test func settingsOnAStream() throws {
    let peer = try RawPeer(engine: .server)
    #expect(
      peer.codeOfConnectionError(.headers(1), RawFrame(type: 4, stream: 1)) == .protocolError)
  }

  @Test func anAcknowledgementOfNoSettings() throws {
    let peer = try RawPeer(engine: .server)
    #expect(peer.codeOfConnectionError(.settingsAcknowledgement) == .protocolError)
  }

  // MARK: - Header blocks in pieces

  @Test(arguments: [
    [RawFrame.headers(1, endHeaders: false), .data(1, [1])],
    [.headers(1, endHeaders: false), .continuation(3, block: [], endHeaders: true)],
    [.headers(1, endHeaders: false), .ping()],
    [.continuation(1, block: [], endHeaders: true)],
  ])
  func interruptedHeaderBlocks(frames: [RawFrame]) throws {
    let peer = try RawPeer(engine: .server)
    #expect(peer.codeOfConnectionError(frames) == .protocolError)
    #expect(peer.endpoint.events.isEmpty)
  }

  @Test func aHeaderBlockInPieces() throws {
    let peer = try RawPeer(engine: .server)
    let block = RawFrame.block(RawFrame.requestFields)
    try peer.send(
      .headers(1, block: Array(block.prefix(10)), endStream: true, endHeaders: false),
      .continuation(1, block: Array(block.dropFirst(10)), endHeaders: true))
    #expect(peer.endpoint.events.headersCount == 1)
  }

  // MARK: - HPACK

  @Test(arguments: [
    [0x80],  // Index 0.
    [0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],  // An index that overflows.
    [0xfe],  // An index that nothing has.
    [0x00, 0x81, 0xff, 0x01, 0x61],  // Huffman padding that is too long.
    [0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61],  // Huffman EOS.
    [0x3f, 0xe2, 0x1f],  // A table larger than allowed: 4,097.
    [0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],  // A length that overflows.
    [0x82, 0x20],  // A table size after a field.
    [0x00, 0x05, 0x61],  // A string that ends early.
  ])
  func brokenCompression(block: [UInt8]) throws {
    let peer = try RawPeer(engine: .server)
    #expect(peer.codeOfConnectionError(.headers(1, block: block)) == .compressionError)
    #expect(peer.endpoint.events.headersCount == 0)
  }

  @Test func compressionStaysInStepAfterARefusedRequest() throws {
    let peer = try RawPeer(engine: .server)
    // Incremental indexing of x-kept: yes, in a request that is refused.
    let indexed: [UInt8] = [0x40] + RawFrame.string("x-kept") + RawFrame.string("yes")
    let refused = RawFrame.block(RawFrame.requestFields) + RawFrame.block([("connection", "x")])
    #expect(
      try peer.codeOfStreamError(.headers(1, block: refused + indexed)) == .protocolError)
    // Dynamic entry 62 is that field.
    try peer.send(.headers(3, block: RawFrame.block(RawFrame.requestFields) + [0xbe]))
    #expect(peer.endpoint.events.last?.text.hasSuffix("x-kept=yes") == true)
  }
}
