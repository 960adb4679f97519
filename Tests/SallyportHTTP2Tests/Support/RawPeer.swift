import NIOCore
import SallyportCore
import SallyportHTTP2

/// An engine whose peer is made by hand.
final class RawPeer {
  let clock = TestClock()
  let endpoint: Endpoint
  var engine: HTTP2Engine { endpoint.engine }

  /// - Parameter handshake: Whether prefaces and settings are exchanged first.
  init(
    engine role: HTTP2Engine.Role, limits: TransportLimits = TransportLimits(),
    settings: [(UInt16, UInt32)] = [], handshake: Bool = true
  ) throws {
    let clock = clock
    endpoint = Endpoint(try HTTP2Engine(role: role, limits: limits, now: { clock.now }))
    guard handshake else { return }
    _ = endpoint.output()
    if role == .server { try endpoint.receive(RawFrame.magic) }
    try send(.settings(settings), .settingsAcknowledgement)
    _ = endpoint.output()
    _ = endpoint.take()
  }

  func send(_ frames: RawFrame...) throws(HTTP2Error) {
    try send(frames)
  }

  func send(_ frames: [RawFrame]) throws(HTTP2Error) {
    try endpoint.receive(frames.flatMap(\.bytes))
  }

  /// What the engine sends in return.
  func replies() -> [RawFrame] {
    RawFrame.parse(endpoint.output())
  }

  /// Feeds frames that end the connection, and names the code of both the error and the GOAWAY.
  func codeOfConnectionError(_ frames: RawFrame...) -> HTTP2ErrorCode? {
    codeOfConnectionError(frames)
  }

  func codeOfConnectionError(_ frames: [RawFrame]) -> HTTP2ErrorCode? {
    do throws(HTTP2Error) {
      try send(frames)
      return nil
    } catch {
      let goAway = replies().last { $0.type == 7 }
      guard let code = goAway?.payload[4..<8].reduce(UInt32(0), { $0 << 8 | UInt32($1) }),
        code == error.code.rawValue, engine.isFinished
      else { return nil }
      return error.code
    }
  }

  /// Feeds frames that cost one stream, and names the code of the RST_STREAM.
  func codeOfStreamError(_ frames: RawFrame...) throws -> HTTP2ErrorCode? {
    try send(frames)
    let reset = replies().last { $0.type == 3 }
    return (reset?.payload.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
      .map(HTTP2ErrorCode.init(rawValue:))
  }
}
