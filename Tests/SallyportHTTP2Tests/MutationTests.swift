import NIOCore
import SallyportCore
import SallyportHTTP2
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Damaged input must end in events or an error, never in a crash.
///
/// `SALLYPORT_FUZZ_ITERATIONS` sets how many inputs are tried, over both roles.
@Suite struct MutationTests {
  private static let iterations =
    getenv("SALLYPORT_FUZZ_ITERATIONS").flatMap { Int(String(cString: $0)) } ?? 40_000

  @Test(arguments: [HTTP2Engine.Role.client, .server])
  func damagedConversations(role: HTTP2Engine.Role) throws {
    let input = Transcript.input(role)
    var generator = SeededGenerator(seed: role == .client ? 11 : 12)
    var ended = 0
    weak var last: HTTP2Engine?
    for _ in 0..<(Self.iterations / 2) {
      let endpoint = try Transcript.endpoint(role, clock: TestClock())
      last = endpoint.engine
      let damaged = mutate(input, &generator)
      if feed(damaged, to: endpoint, &generator) { ended += 1 }
    }
    #expect(last == nil, "an engine outlived its connection")
    #expect(ended > Self.iterations / 10, "the damage was noticed")
  }

  /// - Returns: Whether the engine gave up on the peer.
  private func feed(
    _ bytes: [UInt8], to endpoint: Endpoint, _ generator: inout SeededGenerator
  ) -> Bool {
    var rest = ByteBuffer(bytes: bytes)
    var output = ByteBuffer()
    while rest.readableBytes > 0 {
      let length = min(rest.readableBytes, Int.random(in: 1...8_000, using: &generator))
      guard let piece = rest.readSlice(length: length) else { break }
      do throws(HTTP2Error) {
        try endpoint.receive(piece)
        act(on: endpoint, &generator)
        output.clear()
        _ = try endpoint.engine.produce(into: &output, limit: 20_000)
      } catch {
        _ = try? endpoint.engine.produce(into: &output, limit: .max)
        return endpoint.engine.isFinished
      }
    }
    return false
  }

  /// What a transport might do at any moment.
  private func act(on endpoint: Endpoint, _ generator: inout SeededGenerator) {
    let engine = endpoint.engine
    for event in endpoint.take() {
      guard case .headers(let id, _, _) = event else { continue }
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: engine.reset(id, .cancel)
      case 1: try? engine.sendHeaders(id, .response, endStream: true)
      case 2:
        try? engine.sendHeaders(id, .response, endStream: false)
        try? engine.sendData(id, .pattern(30_000), endStream: false)
        try? engine.sendTrailers(id, [HeaderField("grpc-status", "0")])
        engine.reset(id, .noError)
      case 3: try? engine.sendData(id, .pattern(100), endStream: true)
      default: engine.ping(1)
      }
    }
    _ = engine.waitingStreams
  }

  private func mutate(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    // Most of the damage near the start, where the headers are; the bulk data is shortened.
    if bytes.count > 8_000 { bytes.removeSubrange(6_000..<(bytes.count - 2_000)) }
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 1...64, using: &generator))
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes[start] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeSubrange(start..<end)
      case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 4: bytes.insert(contentsOf: randomFrame(&generator), at: start)
      case 5: bytes.replaceSubrange(start..<end, with: randomFrame(&generator))
      default: bytes.removeSubrange(start...)
      }
      if bytes.isEmpty { return randomFrame(&generator) }
    }
    return bytes
  }

  private func randomFrame(_ generator: inout SeededGenerator) -> [UInt8] {
    RawFrame(
      type: UInt8.random(in: 0...11, using: &generator),
      flags: UInt8.random(in: 0...255, using: &generator),
      stream: UInt32.random(in: 0...13, using: &generator),
      payload: (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
    ).bytes
  }
}
