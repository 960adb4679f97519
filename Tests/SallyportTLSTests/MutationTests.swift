import NIOCore
import SallyportTLS
import SallyportTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Damaged bytes at every stage. Engines may fail in any way but these: crash, hang, or deliver
/// plaintext that was not sent.
///
/// `SALLYPORT_FUZZ_ITERATIONS` sets how many inputs are tried, 10,000 by default;
/// `SALLYPORT_FUZZ_SEED` where the generator starts.
@Suite struct MutationTests {
  private static func setting(_ name: String, default value: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? value
  }

  private struct Contexts {
    let client: TLSContext
    let server: TLSContext

    init() throws {
      let world = try TestWorld()
      client = try TLSContext(world.clientConfiguration())
      server = try TLSContext(world.serverConfiguration())
    }

    func pair() throws -> EnginePair {
      EnginePair(
        client: try client.makeEngine(serverName: nil),
        server: try server.makeEngine(serverName: nil))
    }
  }

  @Test func damagedInputIsSurvived() throws {
    let iterations = Self.setting("SALLYPORT_FUZZ_ITERATIONS", default: 10_000)
    let seed = Self.setting("SALLYPORT_FUZZ_SEED", default: 1)
    let contexts = try Contexts()
    for iteration in 0..<iterations {
      var generator = SeededGenerator(seed: UInt64(seed &+ iteration))
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<6: try damagedOpening(contexts, &generator)
      case 6..<8: try damagedHandshake(contexts, &generator)
      default: try damagedRecords(contexts, &generator)
      }
    }
  }

  /// One first flight, damaged, to a fresh server; or one damaged answer to a fresh client.
  private func damagedOpening(_ contexts: Contexts, _ generator: inout SeededGenerator) throws {
    let pair = try contexts.pair()
    _ = try pair.client.handshake()
    let hello = try #require(pair.client.takeOutbound())
    let damaged = Mutation.random(&generator).apply(to: hello, &generator)
    pair.server.receive(damaged)
    var input = ByteBuffer()
    let error = EnginePair.advance(pair.server, &input)
    #expect(input.readableBytes == 0)
    #expect(pair.server.peer == nil)
    if error != nil, let alert = pair.server.takeOutbound() {
      pair.client.receive(Mutation.random(&generator).apply(to: alert, &generator))
      _ = EnginePair.advance(pair.client, &input)
      #expect(input.readableBytes == 0)
    }
  }

  /// A whole handshake, of which one flight in one direction is damaged.
  private func damagedHandshake(_ contexts: Contexts, _ generator: inout SeededGenerator) throws {
    var pair = try contexts.pair()
    var stages = Int.random(in: 0..<3, using: &generator)
    var isDamaged = false
    for _ in 0..<6 {
      let clientError = EnginePair.advance(pair.client, &pair.clientInput)
      let serverError = EnginePair.advance(pair.server, &pair.serverInput)
      if clientError != nil || serverError != nil { break }
      for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
        guard let flight = from.takeOutbound() else { continue }
        if stages == 0, !isDamaged {
          isDamaged = true
          let damaged = Mutation.random(&generator).apply(to: flight, &generator)
          if damaged == flight { return }
          to.receive(damaged)
        } else {
          to.receive(flight)
        }
        stages -= 1
      }
    }
    #expect(pair.clientInput.readableBytes == 0)
    #expect(pair.serverInput.readableBytes == 0)
  }

  /// Records of an established connection: what is delivered is a prefix of what was sent.
  private func damagedRecords(_ contexts: Contexts, _ generator: inout SeededGenerator) throws {
    var pair = try contexts.pair()
    pair.run()
    var sent: [UInt8] = []
    for _ in 0..<3 {
      let data = generator.bytes(Int.random(in: 1...300, using: &generator))
      sent += data
      try pair.client.write(ByteBuffer(bytes: data))
    }
    if Bool.random(using: &generator) { pair.client.close() }
    let records = try #require(pair.client.takeOutbound())
    pair.server.receive(Mutation.random(&generator).apply(to: records, &generator))
    _ = EnginePair.advance(pair.server, &pair.serverInput)
    pair.server.receiveEnd()
    _ = EnginePair.advance(pair.server, &pair.serverInput)
    #expect(sent.starts(with: pair.serverInput.readableBytesView))
  }

  @Test func enginesLeaveNothingBehind() throws {
    let contexts = try Contexts()
    weak var client: TLSEngine?
    weak var server: TLSEngine?
    do {
      var pair = try contexts.pair()
      pair.run()
      try pair.client.write(ByteBuffer(repeating: 1, count: 100_000))
      pair.server.receive(ByteBuffer(string: "damaged"))
      pair.run()
      client = pair.client
      server = pair.server
      #expect(client != nil)
    }
    #expect(client == nil)
    #expect(server == nil)
  }
}
