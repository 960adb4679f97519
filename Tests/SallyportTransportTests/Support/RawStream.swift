import NIOCore
import NIOPosix
import SallyportCore
import SallyportHTTP2
import SallyportRelay
import SallyportTransportTestSupport

@testable import SallyportTransport

/// A stream of a client connection that notes what it receives and does nothing about it.
final class RawStream: ConnectionStream {
  struct Response: Sendable {
    var fields: [HeaderField] = []
    var data: [UInt8] = []
    var trailers: [HeaderField] = []
    var end: String = ""

    subscript(name: String) -> String? {
      (trailers + fields).first { $0.name == name }?.value
    }
  }

  private var response = Response()
  private let finished: Outcome<Response>

  private init(_ finished: Outcome<Response>) { self.finished = finished }

  /// Sends a request, as its header fields and data say, and returns all of the answer.
  static func exchange(
    _ peer: ConnectedPeer, _ fields: [HeaderField], data: [UInt8]? = [], endStream: Bool = true
  ) async throws -> Response {
    let finished = Outcome<Response>()
    try await peer.connection.eventLoop.submit {
      guard let connection = peer.connection.value else { throw TestFailure("no connection") }
      let stream = RawStream(finished)
      let id = try connection.open(stream, fields, endStream: data == nil)
      if let data {
        connection.sendData(id, ByteBuffer(bytes: data), endStream: endStream)
      }
    }.get()
    return await finished.wait() ?? Response()
  }

  /// On the loop: opens a stream whose answer nobody waits for.
  static func open(_ connection: SecureConnection) throws -> HTTP2StreamID {
    try connection.open(RawStream(Outcome()), call(), endStream: false)
  }

  /// Opens a stream, sends `data` as the peer's windows allow, and reads nothing.
  /// - Returns: Its number, and how it will have ended.
  static func begin(
    _ peer: ConnectedPeer, _ fields: [HeaderField], data: ByteBuffer = ByteBuffer()
  ) async throws -> (id: HTTP2StreamID, finished: Outcome<Response>) {
    let finished = Outcome<Response>()
    let id = try await peer.connection.eventLoop.submit {
      guard let connection = peer.connection.value else { throw TestFailure("no connection") }
      let id = try connection.open(RawStream(finished), fields, endStream: false)
      connection.sendData(id, data, endStream: false)
      return id
    }.get()
    return (id, finished)
  }

  static func connect(_ request: RelayRequest) -> [HeaderField] {
    [HeaderField(":method", "CONNECT"), HeaderField(":authority", request.authority)]
  }

  static func call(_ changes: [String: String?] = [:]) -> [HeaderField] {
    var fields: [(String, String)] = [
      (":method", "POST"), (":scheme", "https"), (":path", "/test.Echo/Echo"),
      (":authority", "gateway.test"), ("content-type", "application/grpc"), ("te", "trailers"),
    ]
    for (name, value) in changes {
      fields.removeAll { $0.0 == name }
      if let value { fields.append((name, value)) }
    }
    let isPseudo = { (field: (String, String)) in field.0.hasPrefix(":") }
    return (fields.filter(isPseudo) + fields.filter { !isPseudo($0) })
      .map { HeaderField($0.0, $0.1) }
  }

  func receivedHeaders(_ fields: [HeaderField], endStream: Bool) { response.fields = fields }

  func receivedData(_ data: ByteBuffer) {
    response.data += Array(buffer: data)
  }

  func receivedTrailers(_ fields: [HeaderField]) { response.trailers = fields }
  func receivedEnd() {}
  func sent(_ bytes: Int) {}

  func closed(_ end: StreamEnd) {
    switch end {
    case .finished: response.end = "finished"
    case .reset(let code, _): response.end = "reset \(code.rawValue)"
    case .connectionLost(let error): response.end = "lost: \(error.message)"
    }
    finished.set(response)
  }
}

extension TestIdentities {
  /// A connection on which tests send what no gRPC client would.
  func connect(
    port: Int, limits: TransportLimits = TransportLimits(),
    onClosed: @escaping @Sendable (ConnectionError) -> Void = { _ in }
  ) async throws -> ConnectedPeer {
    let configuration = clientTLS
    let connector = ClientConnector(
      endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "gateway.test"),
      tls: TLSConfigurationSource { configuration }, limits: limits,
      loop: ClientLoop())
    return try await connector.connect(onClosed: onClosed, onDraining: {})
  }
}
