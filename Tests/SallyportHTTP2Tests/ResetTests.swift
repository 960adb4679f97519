import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

@Suite struct ResetTests {
  @Test func byTheClient() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(100), endStream: false)
    pair.client.engine.reset(id, .cancel)
    #expect(pair.client.engine.queuedBytes(id) == 0)
    try pair.pump()
    #expect(pair.client.take().texts == ["closed 1 8"])
    #expect(pair.server.take().texts == ["closed 1 8 by peer"])
    #expect(throws: HTTP2Error.self) {
      try pair.server.engine.sendData(id, .pattern(1), endStream: false)
    }
  }

  @Test func byTheServer() throws {
    let pair = try EnginePair()
    let id = try pair.open(answered: false)
    pair.server.engine.reset(id, .refusedStream)
    try pair.pump()
    #expect(pair.server.take().texts == ["closed 1 7"])
    #expect(pair.client.take().texts == ["closed 1 7 by peer"])
  }

  @Test func fromBothSidesAtOnce() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    pair.client.engine.reset(id, .cancel)
    pair.server.engine.reset(id, .internalError)
    let up = pair.client.output()
    let down = pair.server.output()
    try pair.server.receive(up)
    try pair.client.receive(down)
    try pair.pump()
    #expect(pair.client.take().texts == ["closed 1 8"])
    #expect(pair.server.take().texts == ["closed 1 2"])
  }

  @Test func beforeTheRequestHasLeft() throws {
    let pair = try EnginePair()
    let id = try pair.client.engine.openStream(.request, endStream: false)
    pair.client.engine.reset(id, .cancel)
    try pair.pump()
    #expect(pair.client.take().texts == ["closed 1 8"])
    #expect(pair.server.take().texts == [])
    #expect(pair.client.engine.openStreams == 0)
  }

  @Test func withNoErrorTheAnswerIsFinishedFirst() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.server.engine.sendData(id, ByteBuffer(string: "no need to go on"), endStream: false)
    try pair.server.engine.sendTrailers(id, [HeaderField("grpc-status", "3")])
    pair.server.engine.reset(id, .noError)
    try pair.pump()
    #expect(
      pair.client.take().texts == [
        "data 1 no need to go on", "trailers 1 grpc-status=3", "closed 1 0 by peer",
      ])
    #expect(pair.server.take().texts == ["sent 1 16", "closed 1 0"])
  }

  @Test func withNoErrorTrailersAloneAreFinishedFirst() throws {
    let pair = try EnginePair()
    let id = try pair.open(answered: false)
    try pair.server.engine.sendHeaders(id, .response, endStream: true)
    pair.server.engine.reset(id, .noError)
    try pair.pump()
    #expect(pair.client.take().texts == ["headers 1 :status=200 end", "closed 1 0 by peer"])
    #expect(pair.server.take().texts == ["closed 1 0"])
  }

  @Test func withNoErrorNothingFollowsAStreamThatIsComplete() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.server.engine.sendTrailers(id, [HeaderField("grpc-status", "0")])
    pair.server.engine.reset(id, .noError)
    try pair.client.engine.sendData(id, ByteBuffer(), endStream: true)
    try pair.server.receive(pair.client.output())
    #expect(RawFrame.parse(pair.server.output()).map(\.type) == [1])
  }

  @Test func twiceIsOnce() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    pair.client.engine.reset(id, .cancel)
    pair.client.engine.reset(id, .internalError)
    #expect(RawFrame.parse(pair.client.output()).filter { $0.type == 3 } == [.reset(1, 8)])
    pair.client.engine.reset(id, .cancel)
    #expect(pair.client.output().isEmpty)
  }

  @Test func dataUnderWayIsNotDelivered() throws {
    let pair = try EnginePair()
    let id = try pair.open()
    try pair.client.engine.sendData(id, .pattern(1_000), endStream: false)
    let bytes = pair.client.output()
    try pair.server.receive(bytes.prefix(500))
    #expect(pair.server.take().dataBytes(id) == 491)
    pair.server.engine.reset(id, .cancel)
    try pair.server.receive(bytes.dropFirst(500))
    #expect(pair.server.take().dataBytes(id) == 0)
  }

  @Test func stateThatDoesNotFitIsRefused() throws {
    let pair = try EnginePair()
    let id = try pair.open(answered: false)
    let server = pair.server.engine
    #expect(throws: HTTP2Error.self) { try server.sendData(id, .pattern(1), endStream: false) }
    try server.sendHeaders(id, .response, endStream: false)
    #expect(throws: HTTP2Error.self) {
      try server.sendHeaders(id, .response, endStream: false)
    }
    try server.sendData(id, .pattern(1), endStream: true)
    #expect(throws: HTTP2Error.self) { try server.sendData(id, .pattern(1), endStream: false) }
    #expect(throws: HTTP2Error.self) { try server.sendTrailers(id, []) }
    #expect(throws: HTTP2Error.self) { try server.sendHeaders(7, .response, endStream: true) }
    #expect(throws: HTTP2Error.self) { _ = try server.openStream(.request, endStream: true) }
    try pair.pump()
  }
}
