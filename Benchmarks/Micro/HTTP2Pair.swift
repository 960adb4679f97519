import BenchmarkSupport
import NIOCore
import SallyportCore
import SallyportHTTP2

/// A client and a server back to back, fed as a connection feeds them.
final class HTTP2Pair {
  /// Bytes of frames that a connection makes before it encrypts them.
  private static let limit = 128 * 1_024
  static let request = [
    HeaderField(":method", "POST"), HeaderField(":scheme", "https"),
    HeaderField(":path", "/sallyport.worker.v1.WorkerService/Session"),
    HeaderField(":authority", "gateway.example.com"), HeaderField("te", "trailers"),
    HeaderField("content-type", "application/grpc+proto"),
  ]
  static let response = [
    HeaderField(":status", "200"), HeaderField("content-type", "application/grpc+proto"),
  ]
  static let trailers = [HeaderField("grpc-status", "0")]

  let client: HTTP2Engine
  let server: HTTP2Engine
  /// Open in both directions.
  private(set) var stream: HTTP2StreamID
  private var frames = ByteBuffer()
  /// Bytes of DATA that arrived.
  private(set) var received = 0

  init() throws {
    client = try HTTP2Engine(role: .client, limits: TransportLimits(), now: { .now() })
    server = try HTTP2Engine(role: .server, limits: TransportLimits(), now: { .now() })
    stream = try client.openStream(Self.request, endStream: false)
    try pump()
    try server.sendHeaders(stream, Self.response, endStream: false)
    try pump()
  }

  /// A call without a message.
  func exchange() throws {
    let stream = try client.openStream(Self.request, endStream: true)
    try pump()
    try server.sendHeaders(stream, Self.response, endStream: false)
    try server.sendTrailers(stream, Self.trailers)
    try pump()
  }

  /// Data on the open stream, until the other side has it.
  func send(_ data: ByteBuffer, from sender: HTTP2Engine) throws {
    let goal = received + data.readableBytes
    try sender.sendData(stream, data, endStream: false)
    try pump()
    guard received == goal else { throw Failure("\(received) of \(goal) bytes came") }
  }

  /// Carries frames both ways until neither side has more to say.
  private func pump() throws {
    while try carry(from: client, to: server) || carry(from: server, to: client) {}
  }

  private func carry(from sender: HTTP2Engine, to receiver: HTTP2Engine) throws -> Bool {
    frames.clear()
    _ = try sender.produce(into: &frames, limit: Self.limit)
    while sender.nextEvent() != nil {}
    guard frames.readableBytes > 0 else { return false }
    try receiver.receive(frames)
    while let event = receiver.nextEvent() {
      guard case .data(let stream, let bytes) = event else { continue }
      received += bytes.readableBytes
      receiver.consume(stream, count: bytes.readableBytes)
    }
    return true
  }
}
