import NIOCore
import SallyportCore
import SallyportHTTP2

/// A client and a server back to back.
final class EnginePair {
  let clock = TestClock()
  let client: Endpoint
  let server: Endpoint

  init(
    client clientLimits: TransportLimits = TransportLimits(),
    server serverLimits: TransportLimits = TransportLimits()
  ) throws {
    let clock = clock
    client = Endpoint(
      try HTTP2Engine(role: .client, limits: clientLimits, now: { clock.now }))
    server = Endpoint(
      try HTTP2Engine(role: .server, limits: serverLimits, now: { clock.now }))
    try pump()
    _ = client.take()
    _ = server.take()
  }

  /// Carries bytes both ways until neither side has more to say.
  func pump() throws {
    while true {
      let up = client.output()
      if !up.isEmpty { try server.receive(up) }
      let down = server.output()
      if !down.isEmpty { try client.receive(down) }
      if up.isEmpty, down.isEmpty { return }
    }
  }

  /// A request that both sides know, answered where `answered`.
  func open(answered: Bool = true, _ fields: [HeaderField] = .request) throws -> HTTP2StreamID {
    let id = try client.engine.openStream(fields, endStream: false)
    try pump()
    if answered {
      try server.engine.sendHeaders(id, [HeaderField(":status", "200")], endStream: false)
      try pump()
    }
    _ = client.take()
    _ = server.take()
    return id
  }
}

extension [HeaderField] {
  static let request = [
    HeaderField(":method", "POST"), HeaderField(":scheme", "https"),
    HeaderField(":path", "/Service/Method"), HeaderField(":authority", "gateway"),
  ]
  static let response = [HeaderField(":status", "200")]
  static let connect = [
    HeaderField(":method", "CONNECT"), HeaderField(":authority", "pool.vcs.sallyport"),
  ]
}

extension ByteBuffer {
  private static let block = ByteBuffer(
    bytes: (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

  /// That many bytes of a recognisable pattern.
  static func pattern(_ count: Int) -> ByteBuffer {
    var pattern = ByteBuffer()
    while pattern.readableBytes < count {
      let length = min(count - pattern.readableBytes, block.readableBytes)
      pattern.writeImmutableBuffer(block.getSlice(at: 0, length: length) ?? ByteBuffer())
    }
    return pattern
  }
}
