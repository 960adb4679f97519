import CNGHTTP2
import NIOCore
import SallyportCore
import Testing

@testable import SallyportHTTP2

@Suite struct ExchangeTests {
  @Test func requestAndResponseWithTrailers() throws {
    let pair = try EnginePair()
    let id = try pair.client.engine.openStream(.request, endStream: false)
    try pair.client.engine.sendData(id, ByteBuffer(string: "question"), endStream: true)
    try pair.pump()
    #expect(id == 1)
    #expect(
      pair.server.take().texts == [
        "headers 1 :method=POST,:scheme=https,:path=/Service/Method,:authority=gateway",
        "data 1 question", "end 1",
      ])
    #expect(pair.client.take().texts == ["sent 1 8"])

    try pair.server.engine.sendHeaders(id, .response, endStream: false)
    try pair.server.engine.sendData(id, ByteBuffer(string: "answer"), endStream: false)
    try pair.server.engine.sendTrailers(id, [HeaderField("grpc-status", "0")])
    try pair.pump()
    #expect(
      pair.client.take().texts == [
        "headers 1 :status=200", "data 1 answer", "trailers 1 grpc-status=0", "closed 1 0",
      ])
    #expect(pair.server.take().texts == ["sent 1 6", "closed 1 0"])
    #expect(pair.client.engine.openStreams == 0)
    #expect(pair.server.engine.openStreams == 0)
  }

  @Test func headersOnlyBothWays() throws {
    let pair = try EnginePair()
    let id = try pair.client.engine.openStream(.request, endStream: true)
    try pair.pump()
    #expect(pair.server.take().texts.first?.hasSuffix(" end") == true)
    try pair.server.engine.sendHeaders(
      id, [HeaderField(":status", "200"), HeaderField("grpc-status", "12")], endStream: true)
    try pair.pump()
    #expect(
      pair.client.take().texts == ["headers 1 :status=200,grpc-status=12 end", "closed 1 0"])
    #expect(pair.server.take().texts == ["closed 1 0"])
  }

  @Test func trailersAfterTheDataHasLeft() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.server.engine.sendData(id, ByteBuffer(string: "x"), endStream: false)
    try pair.pump()
    try pair.server.engine.sendTrailers(id, [HeaderField("grpc-status", "0")])
    let frames = RawFrame.parse(pair.server.output())
    #expect(frames.map(\.type) == [1], "no empty DATA frame in between")
  }

  @Test func requestTrailers() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.client.engine.sendTrailers(id, [HeaderField("x-checksum", "1")])
    try pair.pump()
    #expect(pair.server.take().texts == ["trailers 1 x-checksum=1"])
  }

  @Test func connectCarriesBytesBothWays() throws {
    let pair = try EnginePair()
    let id = try pair.client.engine.openStream(.connect, endStream: false)
    try pair.pump()
    #expect(
      pair.server.take().texts == ["headers 1 :method=CONNECT,:authority=pool.vcs.sallyport"])
    try pair.server.engine.sendHeaders(id, .response, endStream: false)
    try pair.client.engine.sendData(id, ByteBuffer(string: "up"), endStream: false)
    try pair.server.engine.sendData(id, ByteBuffer(string: "down"), endStream: false)
    try pair.pump()
    #expect(pair.server.take().texts == ["data 1 up", "sent 1 4"])
    #expect(pair.client.take().texts == ["sent 1 2", "headers 1 :status=200", "data 1 down"])
  }

  @Test func halfClosedByTheClientTheServerGoesOn() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.client.engine.sendData(id, ByteBuffer(), endStream: true)
    try pair.pump()
    #expect(pair.server.take().texts == ["end 1"])
    try pair.server.engine.sendData(id, ByteBuffer(string: "late"), endStream: false)
    try pair.pump()
    #expect(pair.client.take().texts == ["data 1 late"])
    try pair.server.engine.sendData(id, ByteBuffer(), endStream: true)
    try pair.pump()
    #expect(pair.client.take().texts == ["end 1", "closed 1 0"])
  }

  @Test func halfClosedByTheServerTheClientGoesOn() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.server.engine.sendData(id, ByteBuffer(), endStream: true)
    try pair.pump()
    #expect(pair.client.take().texts == ["end 1"])
    try pair.client.engine.sendData(id, ByteBuffer(string: "late"), endStream: true)
    try pair.pump()
    #expect(pair.server.take().texts == ["data 1 late", "end 1", "closed 1 0"])
    #expect(pair.client.take().texts == ["sent 1 4", "closed 1 0"])
  }

  @Test func pingIsAnswered() throws {
    let pair = try EnginePair()
    pair.client.engine.ping(0x0102_0304_0506_0708)
    pair.server.engine.ping(7)
    try pair.pump()
    #expect(pair.client.take().texts == ["pong \(0x0102_0304_0506_0708)"])
    #expect(pair.server.take().texts == ["pong 7"])
  }

  @Test func settingsAreAcknowledged() throws {
    let clock = TestClock()
    let client = Endpoint(
      try HTTP2Engine(role: .client, limits: TransportLimits(), now: { clock.now }))
    let server = Endpoint(
      try HTTP2Engine(role: .server, limits: TransportLimits(), now: { clock.now }))
    try server.receive(client.output())
    try client.receive(server.output())
    try server.receive(client.output())
    #expect(client.take().texts == ["settings"])
    #expect(server.take().texts == ["settings"])
  }

  @Test func manyStreamsAtOnce() throws {
    let pair = try EnginePair()
    var ids: [HTTP2StreamID] = []
    for number in 0..<1_000 {
      let id = try pair.client.engine.openStream(.request, endStream: false)
      try pair.client.engine.sendData(id, ByteBuffer(string: "\(number)"), endStream: true)
      ids.append(id)
    }
    try pair.pump()
    #expect(pair.server.take().headersCount == 1_000)
    #expect(pair.server.engine.openStreams == 1_000)
    for id in ids {
      try pair.server.engine.sendHeaders(id, .response, endStream: false)
      try pair.server.engine.sendTrailers(id, [HeaderField("grpc-status", "0")])
    }
    try pair.pump()
    #expect(pair.server.engine.openStreams == 0)
    #expect(pair.client.engine.openStreams == 0)
  }

  @Test func streamsAboveTheCapAreSurfacedAndThenRefusedByTheClient() throws {
    var limits = TransportLimits()
    limits.maximumConcurrentStreams = 4
    let pair = try EnginePair(server: limits)
    for _ in 0..<(4 + HTTP2Engine.streamsAboveCap) {
      _ = try pair.client.engine.openStream(.request, endStream: false)
    }
    try pair.pump()
    #expect(pair.server.take().headersCount == 4 + HTTP2Engine.streamsAboveCap)
    #expect(throws: HTTP2Error.self) {
      _ = try pair.client.engine.openStream(.request, endStream: false)
    }
  }

  @Test func whereIDsAreUsedUpAnotherConnectionIsNeeded() throws {
    let pair = try EnginePair()
    nghttp2_session_set_next_stream_id(pair.client.engine.session.pointer, .max)
    #expect(try pair.client.engine.openStream(.request, endStream: true) == .max)
    try pair.pump()
    #expect(pair.server.take().headersCount == 1)
    #expect {
      _ = try pair.client.engine.openStream(.request, endStream: true)
    } throws: {
      ($0 as? HTTP2Error)?.code == .refusedStream
    }
  }

  @Test func sensitiveFieldsStaySensitive() throws {
    let pair = try EnginePair()
    let secret = HeaderField("authorization", "x", isSensitive: true)
    _ = try pair.client.engine.openStream(.request + [secret], endStream: true)
    try pair.pump()
    guard case .headers(_, let fields, _) = try #require(pair.server.take().first) else { return }
    #expect(fields.last == secret)
    #expect(fields.first?.isSensitive == false)
  }

  @Test func libraryVersionIsNamed() {
    #expect(NGHTTP2Library.version.split(separator: ".").count == 3)
  }

  @Test func impossibleLimitsAreRefused() {
    var limits = TransportLimits()
    limits.maximumFrameSize = 100
    #expect(throws: HTTP2Error.self) {
      _ = try HTTP2Engine(role: .server, limits: limits, now: { .now() })
    }
  }

  @Test func largestFramesAreUsed() throws {
    var limits = TransportLimits()
    limits.initialStreamWindow = 1 << 20
    let pair = try EnginePair(server: limits)
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(200_000), endStream: false)
    let frames = RawFrame.parse(pair.client.output())
    #expect(frames.map(\.payload.count) == [65_536, 65_536, 65_536, 3_392])
  }
}
