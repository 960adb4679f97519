import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

@Suite struct HeaderTests {
  typealias Fields = [(String, String)]

  static let malformed: [Fields] = [
    [],
    [(":method", "GET"), (":scheme", "https"), (":path", "/")],
    [(":scheme", "https"), (":path", "/"), (":authority", "a")],
    [(":method", "GET"), (":path", "/"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
    RawFrame.requestFields + [(":path", "/x")],
    RawFrame.requestFields + [(":method", "GET")],
    RawFrame.requestFields + [(":status", "200")],
    RawFrame.requestFields + [(":unknown", "x")],
    RawFrame.requestFields + [(":protocol", "websocket")],
    [(":method", "GET"), ("x", "y"), (":scheme", "https"), (":path", "/"), (":authority", "a")],
    RawFrame.requestFields + [("Upper", "x")],
    RawFrame.requestFields + [("", "x")],
    RawFrame.requestFields + [("sp ace", "x")],
    RawFrame.requestFields + [("a:b", "x")],
    RawFrame.requestFields + [("x", "a\rb")],
    RawFrame.requestFields + [("x", "a\nb")],
    RawFrame.requestFields + [("x", "a\u{0}b")],
    RawFrame.requestFields + [("x\u{0}", "b")],
    RawFrame.requestFields + [("x", " leading")],
    RawFrame.requestFields + [("x", "trailing\t")],
    RawFrame.requestFields + [("te", "gzip")],
    RawFrame.requestFields + [("connection", "keep-alive")],
    RawFrame.requestFields + [("keep-alive", "1")],
    RawFrame.requestFields + [("proxy-connection", "x")],
    RawFrame.requestFields + [("transfer-encoding", "chunked")],
    RawFrame.requestFields + [("upgrade", "h2c")],
    RawFrame.requestFields + [("content-length", "x")],
    RawFrame.requestFields + [("content-length", "-1")],
    RawFrame.requestFields + [("content-length", "1"), ("content-length", "2")],
    RawFrame.requestFields + [("host", "elsewhere")],
    RawFrame.requestFields + [("host", "gateway"), ("host", "elsewhere")],
    [(":method", "GET"), (":scheme", "https"), (":path", "x"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", ""), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "*"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "https://b/"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "ftp"), (":path", "x"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/a b"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/a\u{0}"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "u:p@a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a\nb")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "")],
    [(":method", "G T"), (":scheme", "https"), (":path", "/"), (":authority", "a")],
    [(":method", "CONNECT")],
    [(":method", "CONNECT"), (":authority", "")],
    [(":method", "CONNECT"), (":authority", "a"), (":path", "/")],
    [(":method", "CONNECT"), (":authority", "a"), (":scheme", "https")],
    [(":method", "CONNECT"), (":authority", "a"), (":protocol", "websocket")],
  ]

  @Test(arguments: malformed.indices)
  func malformedRequestsNeverReachAHandler(index: Int) throws {
    let peer = try RawPeer(engine: .server)
    let frame = RawFrame.headers(1, Self.malformed[index], endStream: true)
    #expect(try peer.codeOfStreamError(frame) == .protocolError, "\(Self.malformed[index])")
    #expect(peer.endpoint.events.isEmpty)
    #expect(peer.engine.openStreams == 0)
    try peer.send(.headers(3, endStream: true))
    #expect(peer.endpoint.events.headersCount == 1, "the connection goes on")
  }

  @Test func bytesThatAreNotUTF8AreRefused() throws {
    let peer = try RawPeer(engine: .server)
    let block = RawFrame.block(RawFrame.requestFields) + [0, 1, 0x78, 2, 0xff, 0xfe]
    #expect(try peer.codeOfStreamError(.headers(1, block: block)) == .protocolError)
    #expect(peer.endpoint.events.isEmpty)
  }

  @Test(
    arguments: [
      [(":method", "POST"), (":scheme", "http"), (":path", "//Svc/M"), (":authority", "a")],
      [(":method", "POST"), (":scheme", "https"), (":path", "/a%2Fb?c"), (":authority", "a")],
      [(":method", "OPTIONS"), (":scheme", "https"), (":path", "*"), (":authority", "a")],
      [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "a")],
      [(":method", "CONNECT"), (":authority", "x.relay.sallyport")],
      RawFrame.requestFields + [("te", "trailers"), ("x", "Grüße"), ("y", "")],
    ] as [Fields])
  func unusualRequestsAreSurfacedAsTheyAre(fields: Fields) throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1, fields))
    guard case .headers(_, let received, _) = try #require(peer.endpoint.events.first) else {
      return
    }
    #expect(received == fields.map { HeaderField($0.0, $0.1) })
  }

  @Test func bodiesOfTheWrongLength() throws {
    let fields = RawFrame.requestFields + [("content-length", "3")]
    for frames in [
      [RawFrame.data(1, [1, 2], endStream: true)], [.data(1, [1, 2, 3, 4])],
      [.headers(1, [("x", "y")], endStream: true)],
    ] {
      let peer = try RawPeer(engine: .server)
      try peer.send(.headers(1, fields))
      try peer.send(frames)
      #expect(peer.replies().contains(.reset(1, 1)))
      #expect(peer.endpoint.events.last?.text == "closed 1 1")
      #expect(!peer.endpoint.events.texts.contains("end 1"))
    }
  }

  @Test(
    arguments: [
      [("x", "y")], [(":status", "2000")], [(":status", "abc")],
      [(":status", "200"), (":path", "/")],
      [(":status", "200"), (":status", "200")], [(":status", "200"), ("connection", "close")],
      [("x", "y"), (":status", "200")], [(":status", "101")],
    ] as [Fields])
  func malformedResponses(fields: Fields) throws {
    let peer = try RawPeer(engine: .client)
    let id = try peer.engine.openStream(.request, endStream: true)
    _ = peer.replies()
    #expect(
      try peer.codeOfStreamError(.headers(UInt32(id), fields, endStream: true)) == .protocolError)
    #expect(peer.endpoint.events.texts == ["closed 1 1"])
  }

  @Test func informationalResponsesAreLeftOut() throws {
    let peer = try RawPeer(engine: .client)
    _ = try peer.engine.openStream(.request, endStream: true)
    _ = peer.replies()
    try peer.send(
      .headers(1, [(":status", "100")]), .headers(1, [(":status", "103")]),
      .headers(1, [(":status", "200")]), .headers(1, [("t", "1")], endStream: true))
    #expect(
      peer.endpoint.events.texts == ["headers 1 :status=200", "trailers 1 t=1", "closed 1 0"])
  }

  @Test func trailersWithPseudoHeaders() throws {
    let peer = try RawPeer(engine: .server)
    try peer.send(.headers(1))
    #expect(
      try peer.codeOfStreamError(.headers(1, [(":path", "/x")], endStream: true))
        == .protocolError)
  }

  @Test func aHeaderListThatIsTooLong() throws {
    let peer = try RawPeer(engine: .server)
    let value = String(repeating: "v", count: 100)
    let field = RawFrame.block([("name", value)])
    let count = 16 * 1_024 / (4 + 100 + 32) + 1
    let block = RawFrame.block(RawFrame.requestFields) + (0..<count).flatMap { _ in field }
    #expect(try peer.codeOfStreamError(.headers(1, block: block)) == .enhanceYourCalm)
    #expect(peer.endpoint.events.isEmpty)
    try peer.send(.headers(3))
    #expect(peer.endpoint.events.headersCount == 1)
  }

  @Test func aHeaderListThatUnfolds() throws {
    let peer = try RawPeer(engine: .server)
    // One entry of 2 KiB in the dynamic table, then referred to 60,000 times.
    let big: [UInt8] =
      [0x40, 1, 0x78, 0x7f, 0x81, 0x0f] + [UInt8](repeating: 0x61, count: 2_048)
    let block =
      RawFrame.block(RawFrame.requestFields) + big + [UInt8](repeating: 0xbe, count: 60_000)
    #expect(try peer.codeOfStreamError(.headers(1, block: block)) == .enhanceYourCalm)
    #expect(peer.endpoint.events.isEmpty)
  }

  @Test(arguments: [
    HeaderField("Upper", "x"), HeaderField("", "x"), HeaderField("x", "a\r\nb"),
    HeaderField("x", "\u{0}"), HeaderField("x y", "z"),
    HeaderField("x", String(repeating: "v", count: 70_000)),
  ])
  func invalidFieldsAreNotSent(field: HeaderField) throws {
    let pair = try EnginePair()
    #expect(throws: HTTP2Error.self) {
      _ = try pair.client.engine.openStream(.request + [field], endStream: true)
    }
    let id = try pair.open(answered: false)
    #expect(throws: HTTP2Error.self) {
      try pair.server.engine.sendHeaders(id, .response + [field], endStream: false)
    }
    try pair.server.engine.sendHeaders(id, .response, endStream: false)
    #expect(throws: HTTP2Error.self) { try pair.server.engine.sendTrailers(id, [field]) }
    try pair.pump()
    #expect(pair.client.engine.openStreams == 1)
  }

  @Test func listsLargerThanThePeerTakesAreNotSent() throws {
    var limits = TransportLimits()
    limits.maximumHeaderListSize = 300
    let pair = try EnginePair(server: limits)
    let field = HeaderField("x", String(repeating: "v", count: 300))
    #expect(throws: HTTP2Error.self) {
      _ = try pair.client.engine.openStream(.request + [field], endStream: true)
    }
  }
}
