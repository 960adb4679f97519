import NIOCore
import SallyportTLS
import SallyportTestSupport

/// Two engines with a wire between them.
struct EnginePair {
  /// How the bytes of one side reach the other.
  enum Delivery {
    case whole
    case byteByByte
    /// In pieces of random length up to 3,000 bytes.
    case split(SeededGenerator)
  }

  struct Outcome {
    var client: TLSError?
    var server: TLSError?
  }

  let client: TLSEngine
  let server: TLSEngine
  var delivery = Delivery.whole
  /// Plaintext that arrived.
  var clientInput = ByteBuffer()
  var serverInput = ByteBuffer()
  private var outcome = Outcome()

  init(client: TLSEngine, server: TLSEngine, delivery: Delivery = .whole) {
    self.client = client
    self.server = server
    self.delivery = delivery
  }

  init(
    _ client: TLSConfiguration, _ server: TLSConfiguration, serverName: String? = nil,
    delivery: Delivery = .whole
  ) throws {
    self.init(
      client: try TLSContext(client).makeEngine(serverName: serverName),
      server: try TLSContext(server).makeEngine(serverName: nil),
      delivery: delivery)
  }

  /// Moves bytes both ways until neither side has anything to say.
  @discardableResult
  mutating func run() -> Outcome {
    repeat {
      if outcome.client == nil { outcome.client = Self.advance(client, &clientInput) }
      if outcome.server == nil { outcome.server = Self.advance(server, &serverInput) }
    } while deliver()
    return outcome
  }

  private mutating func deliver() -> Bool {
    let toServer = client.takeOutbound()
    let toClient = server.takeOutbound()
    if let toServer {
      for piece in pieces(of: toServer) {
        server.receive(piece)
        if outcome.server == nil { outcome.server = Self.advance(server, &serverInput) }
      }
    }
    if let toClient {
      for piece in pieces(of: toClient) {
        client.receive(piece)
        if outcome.client == nil { outcome.client = Self.advance(client, &clientInput) }
      }
    }
    return toServer != nil || toClient != nil
  }

  private mutating func pieces(of buffer: ByteBuffer) -> [ByteBuffer] {
    switch delivery {
    case .whole: return [buffer]
    case .byteByByte: return buffer.readableBytesView.map { ByteBuffer(bytes: [$0]) }
    case .split(var generator):
      var rest = buffer
      var pieces: [ByteBuffer] = []
      while rest.readableBytes > 0 {
        let length = min(Int.random(in: 1...3_000, using: &generator), rest.readableBytes)
        if let piece = rest.readSlice(length: length) { pieces.append(piece) }
      }
      delivery = .split(generator)
      return pieces
    }
  }

  /// Handshake, then read all there is.
  static func advance(_ engine: TLSEngine, _ input: inout ByteBuffer) -> TLSError? {
    do throws(TLSError) {
      guard try engine.handshake() == .complete else { return nil }
      while case .bytes = try engine.read(into: &input, limit: 64 * 1_024) {}
      return nil
    } catch {
      return error
    }
  }
}
