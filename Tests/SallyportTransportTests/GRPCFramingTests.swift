import GRPCCore
import NIOCore
import SallyportHTTP2
import Testing

@testable import SallyportTransport

@Suite struct GRPCDeframerTests {
  private func frame(_ bytes: [UInt8], flag: UInt8 = 0) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger(flag)
    buffer.writeInteger(UInt32(bytes.count))
    buffer.writeBytes(bytes)
    return buffer
  }

  @Test(arguments: [1, 2, 3, 5, 7, 64, 100_000])
  func messagesInPiecesOfAnySize(size: Int) throws {
    let messages: [[UInt8]] = [[], [1], Array(repeating: 2, count: 9_000), [3, 4], []]
    var wire = ByteBuffer()
    for message in messages { wire.writeImmutableBuffer(frame(message)) }
    var deframer = GRPCDeframer(limit: 10_000)
    var received: [[UInt8]] = []
    var wireLength = 0
    while let piece = wire.readSlice(length: min(size, wire.readableBytes)),
      piece.readableBytes > 0
    {
      deframer.append(piece)
      while let message = try deframer.next() {
        received.append(Array(buffer: message.bytes))
        wireLength += message.wireLength
      }
    }
    #expect(received == messages)
    #expect(wireLength == messages.reduce(0) { $0 + 5 + $1.count })
    #expect(deframer.partialBytes == 0)
  }

  /// Every piece ends inside a message, so that there is never a moment when all has been read.
  @Test func memoryFollowsWhatIsIncomplete() throws {
    var wire = ByteBuffer()
    for _ in 0..<100 { wire.writeImmutableBuffer(frame(Array(repeating: 1, count: 95))) }
    var deframer = GRPCDeframer(limit: 10_000)
    deframer.append(ByteBuffer(bytes: [0, 0, 0]))
    wire.moveReaderIndex(forwardBy: 3)
    wire.writeBytes([0, 0, 0])
    var messages = 0
    var highest = 0
    for _ in 0..<1_000 {
      deframer.append(wire)
      while try deframer.next() != nil { messages += 1 }
      highest = max(highest, deframer.storageCapacity)
    }
    #expect(messages == 100_000)
    #expect(deframer.partialBytes == 3)
    #expect(highest <= 64 * 1_024)
  }

  @Test func neitherMessagesNorTheirStartsKeepALargeBuffer() throws {
    var read = ByteBufferAllocator().buffer(capacity: 262_144)
    read.writeImmutableBuffer(frame(Array(repeating: 1, count: 10_000)))
    read.writeBytes([0, 0, 0, 0, 9, 1])
    var deframer = GRPCDeframer(limit: 100_000)
    deframer.append(read)
    let message = try #require(try deframer.next())
    #expect(message.bytes.readableBytes == 10_000)
    #expect(message.bytes.storageCapacity < 32_768)
    let next = try deframer.next()
    #expect(next == nil)
    #expect(deframer.storageCapacity <= 64)
  }

  @Test func anAnnouncedLengthIsRefusedBeforeItArrives() {
    var deframer = GRPCDeframer(limit: 4 << 20)
    deframer.append(ByteBuffer(bytes: [0, 0xFF, 0xFF, 0xFF, 0xFF]))
    #expect(throws: GRPCDeframer.Failure.tooLarge(announced: 0xFFFF_FFFF, limit: 4 << 20)) {
      try deframer.next()
    }
  }

  @Test(arguments: [UInt8(1), 2, 255])
  func flagsAreRefused(flag: UInt8) {
    var deframer = GRPCDeframer(limit: 100)
    deframer.append(ByteBuffer(bytes: [flag]))
    let expected = flag == 1 ? GRPCDeframer.Failure.unexpectedCompression : .invalidFlag(flag)
    #expect(throws: expected) { try deframer.next() }
  }

  @Test func framingCopiesNothing() {
    let bytes = TransportBytes(repeating: 9, count: 100_000)
    let framed = bytes.framed()
    #expect(framed.second == nil)
    #expect(framed.first.readableBytes == 100_005)
    #expect(Array(buffer: framed.first).prefix(6) == [0, 0, 1, 0x86, 0xA0, 9])
    let received = TransportBytes(ByteBuffer(repeating: 9, count: 100_000)).framed()
    #expect(received.first.readableBytes == 5)
    #expect(received.second?.readableBytes == 100_000)
    let small = TransportBytes(ByteBuffer(repeating: 9, count: 10)).framed()
    #expect(small.first.readableBytes == 15)
  }
}

@Suite struct GRPCTextTests {
  @Test(arguments: [
    ("10S", Duration.seconds(10)), ("0n", .zero), ("1H", .seconds(3_600)), ("2M", .seconds(120)),
    ("5m", .milliseconds(5)), ("6u", .microseconds(6)), ("99999999H", GRPCTimeout.maximum),
    ("-1S", GRPCTimeout.maximum), ("S", GRPCTimeout.maximum), ("1", GRPCTimeout.maximum),
    ("1s", GRPCTimeout.maximum), ("123456789S", GRPCTimeout.maximum), ("", GRPCTimeout.maximum),
    ("+1S", GRPCTimeout.maximum), ("1 S", GRPCTimeout.maximum),
  ])
  func timeouts(text: String, expected: Duration) {
    #expect(GRPCTimeout.parse(text) == expected)
  }

  @Test func percentEncoding() {
    #expect(PercentEncoding.encode("a%b\r\nc é") == "a%25b%0D%0Ac %C3%A9")
    #expect(PercentEncoding.decode("a%25b%0D%0Ac %C3%A9") == "a%b\r\nc é")
    #expect(PercentEncoding.decode("100%") == "100%")
    #expect(PercentEncoding.decode("%zz%4") == "%zz%4")
    #expect(PercentEncoding.decode("%ff") == "\u{FFFD}")
    #expect(PercentEncoding.encode(String(repeating: "x", count: 1 << 20)).utf8.count == 1_024)
    #expect(PercentEncoding.encode(String(repeating: "é", count: 1 << 20)).utf8.count == 3 * 1_024)
  }

  @Test(arguments: [
    ("", [UInt8]()), ("AA", [0]), ("AA==", [0]), ("AAA", [0, 0]), ("AAA=", [0, 0]),
    ("AP8HPYA", [0, 255, 7, 61, 128]), ("AP8HPYA=", [0, 255, 7, 61, 128]),
  ])
  func base64(text: String, expected: [UInt8]) {
    #expect(Base64.decode(text[...]) == expected)
  }

  @Test(arguments: ["A", "AAAAA", "A=", "A===", "AA=", "A A", "AA\n", "_-8", "====", "é"])
  func notBase64(text: String) {
    #expect(Base64.decode(text[...]) == nil)
  }

  private func head(_ changes: [String: String?]) -> Result<GRPCRequestHead, any Error> {
    var fields: [String: String] = [
      ":method": "POST", ":scheme": "https", ":authority": "a", ":path": "/s.S/M",
      "content-type": "application/grpc",
    ]
    for (name, value) in changes { fields[name] = value }
    return Result { try GRPCRequestHead(fields.map { HeaderField($0.key, $0.value) }) }
  }

  @Test func requestHeads() throws {
    let good = try head([
      "grpc-timeout": "1S", "x-a": "b", "content-type": "application/grpc+proto",
    ])
    .get()
    #expect(good.method.fullyQualifiedMethod == "s.S/M")
    #expect(good.timeout == .seconds(1))
    #expect(good.metadata == ["x-a": "b"])
    func rejection(_ changes: [String: String?]) -> GRPCRequestHead.Rejection? {
      guard case .failure(let error) = head(changes) else { return nil }
      return error as? GRPCRequestHead.Rejection
    }
    #expect(rejection([":method": "GET"]) == .http(status: 405))
    for type in [nil, "text/html", "application/grpcx", "application/json"] as [String?] {
      #expect(rejection(["content-type": type]) == .http(status: 415))
    }
    for path in [
      "/", "//M", "/s/", "/s", "s/M", "/s/M/", "/s/M/x", "//Svc/M", "/s%2FM", "/a%2Fb/M",
    ] {
      guard case .status(let status)? = rejection([":path": path]) else {
        Issue.record("accepted \(path)")
        continue
      }
      #expect(status.code == .unimplemented)
    }
    guard case .status(let status)? = rejection(["grpc-encoding": "gzip"]) else {
      Issue.record("accepted gzip")
      return
    }
    #expect(status.code == .unimplemented)
    guard case .status(let binary)? = rejection(["x-bin": "!"]) else {
      Issue.record("accepted bad base64")
      return
    }
    #expect(binary.code == .internalError)
  }

  @Test func statusesWithoutGRPCStatus() {
    let expected: [(Int, Status.Code)] = [
      (400, .internalError), (401, .unauthenticated), (403, .permissionDenied),
      (404, .unimplemented), (429, .unavailable), (502, .unavailable), (503, .unavailable),
      (504, .unavailable), (418, .unknown), (200, .unknown),
    ]
    for (http, code) in expected {
      guard
        case .status(let status, _) = GRPCResponseHead(
          [HeaderField(":status", "\(http)")], endStream: true)
      else {
        Issue.record("no status for \(http)")
        continue
      }
      #expect(status.code == code)
    }
  }

  @Test func metadataThatCannotTravelIsLeftOut() {
    var fields: [HeaderField] = []
    MetadataCoding.append(
      [
        "X-Upper": "kept", "grpc-status": "0", "x-line": "a\r\nb", "x y": "z", "te": "gzip",
        ":path": "/", "x-é": "z", "data-bin": [1],
      ], to: &fields)
    #expect(fields == [HeaderField("x-upper", "kept"), HeaderField("data-bin", "AQ==")])
  }
}
