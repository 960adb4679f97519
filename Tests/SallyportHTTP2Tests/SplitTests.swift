import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

/// How the bytes arrive makes no difference to what they mean.
@Suite struct SplitTests {
  private func events(
    _ role: HTTP2Engine.Role, _ bytes: [UInt8], sizes: () -> Int
  ) throws -> [String] {
    let endpoint = try Transcript.endpoint(role, clock: TestClock())
    var rest = ByteBuffer(bytes: bytes)
    while let piece = rest.readSlice(length: min(sizes(), rest.readableBytes)),
      piece.readableBytes > 0
    {
      try endpoint.receive(piece)
    }
    return endpoint.take().joinedTexts
  }

  @Test(arguments: [HTTP2Engine.Role.client, .server])
  func oneByteAtATime(role: HTTP2Engine.Role) throws {
    let bytes = Transcript.input(role)
    let whole = try events(role, bytes) { .max }
    #expect(whole.count > 15)
    #expect(try events(role, bytes) { 1 } == whole)
  }

  @Test(arguments: [HTTP2Engine.Role.client, .server], 1...20 as ClosedRange<UInt64>)
  func randomPieces(role: HTTP2Engine.Role, seed: UInt64) throws {
    let bytes = Transcript.input(role)
    let whole = try events(role, bytes) { .max }
    #expect(whole.count > 15)
    var generator = SeededGenerator(seed: seed)
    let longest = Int.random(in: 2...20_000, using: &generator)
    #expect(
      try events(role, bytes) { Int.random(in: 1...longest, using: &generator) } == whole)
  }
}
