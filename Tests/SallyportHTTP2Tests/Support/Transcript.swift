import NIOCore
import SallyportCore
import SallyportHTTP2

/// A conversation that uses every kind of frame, and the bytes that each side received.
struct Transcript {
  let toServer: [UInt8]
  let toClient: [UInt8]

  /// Recorded once; empty where that failed, which every test of it notices.
  static let shared = (try? record()) ?? Transcript(toServer: [], toClient: [])

  private static func limits(window: Int) -> TransportLimits {
    var limits = TransportLimits()
    limits.initialStreamWindow = window
    limits.streamWindow = window
    return limits
  }

  private static func record() throws -> Transcript {
    let limits = limits(window: 70_000)
    let pair = try EnginePair(client: limits, server: limits)
    var ids: [HTTP2StreamID] = []
    for number in 0..<6 {
      let fields: [HeaderField] =
        number == 3 ? .connect : .request + [HeaderField("x-number", "\(number)")]
      let id = try pair.client.engine.openStream(fields, endStream: false)
      try pair.client.engine.sendData(id, .pattern(number * 700), endStream: number == 1)
      ids.append(id)
    }
    try pair.pump()
    for id in ids {
      try pair.server.engine.sendHeaders(id, .response, endStream: false)
      try pair.server.engine.sendData(id, .pattern(300), endStream: id == 5)
    }
    pair.client.engine.ping(1)
    pair.server.engine.ping(2)
    try pair.pump()
    try pair.client.engine.sendTrailers(1, [HeaderField("x-checksum", "1")])
    try pair.server.engine.sendTrailers(1, [HeaderField("grpc-status", "0")])
    try pair.client.engine.sendData(7, .pattern(90_000), endStream: false)
    pair.client.engine.reset(9, .cancel)
    pair.server.engine.reset(11, .internalError)
    try pair.pump()
    pair.server.engine.beginShutdown()
    try pair.pump()
    pair.server.engine.goAway(.noError, debugData: "enough")
    try pair.client.engine.sendData(7, .pattern(10), endStream: true)
    try pair.pump()
    return Transcript(toServer: pair.client.produced, toClient: pair.server.produced)
  }

  /// An engine as it was before the first byte, with the streams that a client has opened.
  ///
  /// Its windows take the whole conversation, because it may be fed at once.
  static func endpoint(_ role: HTTP2Engine.Role, clock: TestClock) throws -> Endpoint {
    let limits = limits(window: 1 << 20)
    let endpoint = Endpoint(
      try HTTP2Engine(role: role, limits: limits, now: { clock.now }))
    if role == .client {
      for _ in 0..<6 { _ = try endpoint.engine.openStream(.request, endStream: false) }
    }
    _ = endpoint.output()
    return endpoint
  }

  static func input(_ role: HTTP2Engine.Role) -> [UInt8] {
    role == .server ? shared.toServer : shared.toClient
  }
}
