import NIOCore
import SallyportHTTP2

/// An engine and what came out of it so far.
final class Endpoint {
  let engine: HTTP2Engine
  var events: [HTTP2Event] = []
  /// Everything the engine has produced.
  var produced: [UInt8] = []
  var consumesAtOnce = true

  init(_ engine: HTTP2Engine) {
    self.engine = engine
  }

  func receive(_ bytes: some Sequence<UInt8>) throws(HTTP2Error) {
    try receive(ByteBuffer(bytes: bytes))
  }

  func receive(_ bytes: ByteBuffer) throws(HTTP2Error) {
    defer { collect() }
    try engine.receive(bytes)
  }

  /// What the engine wants to send, all of it; GOAWAY included where it throws.
  func output(limit: Int = .max) -> [UInt8] {
    var buffer = ByteBuffer()
    _ = try? engine.produce(into: &buffer, limit: limit)
    collect()
    let bytes = Array(buffer: buffer)
    produced += bytes
    return bytes
  }

  func collect() {
    while let event = engine.nextEvent() {
      events.append(event)
      if consumesAtOnce, case .data(let id, let bytes) = event {
        engine.consume(id, count: bytes.readableBytes)
      }
    }
  }

  /// Events since the last call.
  func take() -> [HTTP2Event] {
    defer { events = [] }
    return events
  }
}
