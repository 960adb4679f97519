import NIOCore
import SallyportTLS
import SallyportTestSupport
import Testing

@Suite struct ClosureTests {
  @Test func closeNotifyIsACleanEnd() throws {
    var pair = try TestWorld().connectedPair()
    try pair.client.write(ByteBuffer(string: "the last words"))
    pair.client.close()
    let outcome = pair.run()
    #expect(outcome.server == nil)
    #expect(pair.serverInput == ByteBuffer(string: "the last words"))
    var input = ByteBuffer()
    #expect(try pair.server.read(into: &input, limit: 1) == .closed)
    pair.server.receiveEnd()
    #expect(try pair.server.read(into: &input, limit: 1) == .closed)
  }

  @Test func theOtherDirectionStaysOpen() throws {
    var pair = try TestWorld().connectedPair()
    pair.client.close()
    pair.run()
    try pair.server.write(ByteBuffer(string: "still here"))
    pair.server.close()
    let outcome = pair.run()
    #expect(outcome.client == nil)
    #expect(pair.clientInput == ByteBuffer(string: "still here"))
    var input = ByteBuffer()
    #expect(try pair.client.read(into: &input, limit: 1) == .closed)
  }

  @Test func closingTwiceSaysItOnce() throws {
    let pair = try TestWorld().connectedPair()
    pair.client.close()
    let bytes = pair.client.outboundBytes
    pair.client.close()
    #expect(bytes > 0)
    #expect(pair.client.outboundBytes == bytes)
  }

  @Test func inputBehindCloseNotifyIsIgnored() throws {
    var pair = try TestWorld().connectedPair()
    pair.client.close()
    pair.run()
    pair.server.receive(ByteBuffer(string: "not a record"))
    var input = ByteBuffer()
    #expect(try pair.server.read(into: &input, limit: 100) == .closed)
  }

  @Test func endOfInputWithoutCloseNotifyIsTruncation() throws {
    var pair = try TestWorld().connectedPair()
    try pair.client.write(ByteBuffer(string: "part one"))
    pair.run()
    pair.server.receiveEnd()
    var input = ByteBuffer()
    let error = #expect(throws: TLSError.self) { try pair.server.read(into: &input, limit: 100) }
    #expect(error?.code == .truncated)
  }

  @Test func aRecordCutShortIsTruncation() throws {
    let pair = try TestWorld().connectedPair()
    try pair.client.write(ByteBuffer(string: "whole"))
    try pair.client.write(ByteBuffer(string: "cut short"))
    if var records = pair.client.takeOutbound(),
      let part = records.readSlice(length: records.readableBytes - 1)
    {
      pair.server.receive(part)
    }
    pair.server.receiveEnd()
    var input = ByteBuffer()
    #expect(try pair.server.read(into: &input, limit: 100) == .bytes(5))
    #expect(input == ByteBuffer(string: "whole"))
    let error = #expect(throws: TLSError.self) { try pair.server.read(into: &input, limit: 100) }
    #expect(error?.code == .truncated)
    #expect(input == ByteBuffer(string: "whole"))
  }

  @Test func endOfInputInTheHandshakeIsTruncation() throws {
    let pair = try TestWorld().pair()
    _ = try pair.client.handshake()
    if var hello = pair.client.takeOutbound(), let part = hello.readSlice(length: 50) {
      pair.server.receive(part)
    }
    #expect(try pair.server.handshake() == .needsInput)
    pair.server.receiveEnd()
    let error = #expect(throws: TLSError.self) { try pair.server.handshake() }
    #expect(error?.code == .truncated)
    #expect(error?.message == "the client disconnected during the TLS handshake")
  }

  @Test func plaintextBeforeABrokenRecordIsNotLost() throws {
    let pair = try TestWorld().connectedPair()
    try pair.client.write(ByteBuffer(string: "good"))
    if let records = pair.client.takeOutbound() { pair.server.receive(records) }
    try pair.client.write(ByteBuffer(string: "bad"))
    if var records = pair.client.takeOutbound() {
      records.setInteger(UInt8(0), at: records.writerIndex - 1)
      records.setInteger(UInt8(0), at: records.writerIndex - 2)
      pair.server.receive(records)
    }
    var input = ByteBuffer()
    #expect(try pair.server.read(into: &input, limit: 100) == .bytes(4))
    let error = #expect(throws: TLSError.self) { try pair.server.read(into: &input, limit: 100) }
    #expect(error?.code == .protocolViolation)
    #expect(input == ByteBuffer(string: "good"))
  }

  @Test func anEngineThatThrewIsDead() throws {
    var pair = try TestWorld().connectedPair()
    pair.server.receive(ByteBuffer(string: "this is no TLS record at all"))
    let outcome = pair.run()
    let error = try #require(outcome.server)
    #expect(error.code == .protocolViolation)
    // The alert has reached the client.
    #expect(outcome.client?.code == .protocolViolation)
    #expect(outcome.client?.receivedAlert != nil)

    var input = ByteBuffer()
    #expect(throws: error) { try pair.server.handshake() }
    #expect(throws: error) { try pair.server.read(into: &input, limit: 100) }
    #expect(throws: error) { try pair.server.write(ByteBuffer(string: "x")) }
    pair.server.close()
    #expect(pair.server.takeOutbound() == nil)
    #expect(pair.server.peer == nil)
  }

  @Test func writingOutOfTurnIsAnError() throws {
    let early = try TestWorld().pair()
    #expect(throws: TLSError.self) { try early.client.write(ByteBuffer(string: "x")) }
    let late = try TestWorld().connectedPair()
    late.client.close()
    let error = #expect(throws: TLSError.self) { try late.client.write(ByteBuffer(string: "x")) }
    #expect(error?.code == .internalError)
  }
}
