import NIOCore
import SallyportTestSupport
import Testing

@testable import SallyportTLS

@Suite struct TransferTests {
  @Test(arguments: [1, 100, 16_384, 16_385, 1 << 20])
  func plaintextArrivesWhole(size: Int) throws {
    var generator = SeededGenerator(seed: UInt64(size))
    let up = generator.bytes(size)
    let down = generator.bytes(size)
    var pair = try TestWorld().connectedPair()
    try pair.client.write(ByteBuffer(bytes: up))
    try pair.server.write(ByteBuffer(bytes: down))
    pair.run()
    #expect(pair.serverInput == ByteBuffer(bytes: up))
    #expect(pair.clientInput == ByteBuffer(bytes: down))
  }

  @Test func largePlaintextTakesOneWrite() throws {
    let plaintext = ByteBuffer(repeating: 0x5a, count: 20 << 20)
    var pair = try TestWorld().connectedPair()
    try pair.client.write(plaintext)
    let records = (20 << 20) / (16 << 10)
    #expect(pair.client.outboundBytes == plaintext.readableBytes + records * 22)
    pair.run()
    #expect(pair.serverInput == plaintext)
  }

  @Test func oneByteAtATimeIsEnough() throws {
    var pair = try TestWorld().connectedPair(delivery: .byteByByte)
    var generator = SeededGenerator(seed: 1)
    let data = generator.bytes(40_000)
    try pair.client.write(ByteBuffer(bytes: data))
    try pair.server.write(ByteBuffer(bytes: data))
    pair.run()
    #expect(pair.serverInput == ByteBuffer(bytes: data))
    #expect(pair.clientInput == ByteBuffer(bytes: data))
  }

  @Test(arguments: 0..<20)
  func anySplitIsTheSame(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var pair = try TestWorld().connectedPair(delivery: .split(generator))
    var up = ByteBuffer()
    var down = ByteBuffer()
    for _ in 0..<10 {
      let data = generator.bytes(Int.random(in: 0...30_000, using: &generator))
      up.writeBytes(data)
      try pair.client.write(ByteBuffer(bytes: data))
      let other = generator.bytes(Int.random(in: 0...30_000, using: &generator))
      down.writeBytes(other)
      try pair.server.write(ByteBuffer(bytes: other))
      if Bool.random(using: &generator) { pair.run() }
    }
    pair.run()
    #expect(pair.serverInput == up)
    #expect(pair.clientInput == down)
  }

  @Test func readingStopsAtItsLimit() throws {
    let pair = try TestWorld().connectedPair()
    let data = SeededGenerator.sample(50_000)
    try pair.client.write(ByteBuffer(bytes: data))
    if let records = pair.client.takeOutbound() { pair.server.receive(records) }
    var input = ByteBuffer()
    for round in 0..<50 {
      #expect(try pair.server.read(into: &input, limit: 1_000) == .bytes(1_000))
      #expect(input.readableBytes == (round + 1) * 1_000)
    }
    #expect(try pair.server.read(into: &input, limit: 1_000) == .needsInput)
    #expect(input == ByteBuffer(bytes: data))
  }

  @Test func aBufferIsReadWithoutGrowingForMoreThanItCanHold() throws {
    let pair = try TestWorld().connectedPair()
    try pair.client.write(ByteBuffer(repeating: 7, count: 100))
    if let records = pair.client.takeOutbound() { pair.server.receive(records) }
    var input = ByteBuffer()
    #expect(try pair.server.read(into: &input, limit: 1 << 20) == .bytes(100))
    #expect(input.capacity <= 256)
  }

  @Test func inputQueuedBeforeTheHandshakeIsOverIsKept() throws {
    // The client may send data right behind its Finished.
    let pair = try TestWorld().pair()
    _ = try pair.client.handshake()
    if let hello = pair.client.takeOutbound() { pair.server.receive(hello) }
    _ = try pair.server.handshake()
    if let flight = pair.server.takeOutbound() { pair.client.receive(flight) }
    #expect(try pair.client.handshake() == .complete)
    try pair.client.write(ByteBuffer(string: "early, but not too early"))
    if let flight = pair.client.takeOutbound() { pair.server.receive(flight) }
    #expect(try pair.server.handshake() == .complete)
    var input = ByteBuffer()
    _ = try pair.server.read(into: &input, limit: 1_024)
    #expect(input == ByteBuffer(string: "early, but not too early"))
  }

  @Test func keysAreUpdatedBeforeTheyAreWornOut() throws {
    var pair = try TestWorld().connectedPair()
    pair.client.keyUsage.limit = 4
    var expected = ByteBuffer()
    for byte in 0..<100 {
      let data = ByteBuffer(repeating: UInt8(byte), count: 10_000)
      expected.writeImmutableBuffer(data)
      try pair.client.write(data)
    }
    // One KeyUpdate (27 bytes with its record) for every four records but the first.
    #expect(pair.client.outboundBytes == 100 * (10_000 + 22) + 24 * 27)
    let outcome = pair.run()
    #expect(outcome.server == nil)
    #expect(pair.serverInput == expected)
  }
}

extension SeededGenerator {
  static func sample(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: 42)
    return generator.bytes(count)
  }
}
