import NIOCore
import SallyportHTTP2

extension HTTP2Event {
  /// Short and comparable, for expectations.
  var text: String {
    switch self {
    case .headers(let id, let fields, let end):
      "headers \(id) \(Self.text(fields))\(end ? " end" : "")"
    case .trailers(let id, let fields): "trailers \(id) \(Self.text(fields))"
    case .data(let id, let bytes): "data \(id) \(Self.text(bytes))"
    case .inputEnded(let id): "end \(id)"
    case .sent(let id, let bytes): "sent \(id) \(bytes)"
    case .streamClosed(let id, let code, let byPeer):
      "closed \(id) \(code.rawValue)\(byPeer ? " by peer" : "")"
    case .pingAcknowledged(let payload): "pong \(payload)"
    case .settingsAcknowledged: "settings"
    case .goAway(let last, let code, let debug): "goaway \(last) \(code.rawValue) \(debug)"
    }
  }

  /// Long data by length and hash: comparing it as text would be slow.
  private static func text(_ bytes: ByteBuffer) -> String {
    bytes.readableBytes <= 100
      ? String(buffer: bytes) : "\(bytes.readableBytes) bytes, \(bytes.hashValue)"
  }

  private static func text(_ fields: [HeaderField]) -> String {
    fields.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  }
}

extension [HTTP2Event] {
  var texts: [String] { map(\.text) }

  /// With neighbouring DATA of one stream joined: how it is cut depends on how it was fed.
  var joinedTexts: [String] {
    var joined: [HTTP2Event] = []
    for event in self {
      if case .data(let id, var bytes) = event, case .data(id, _)? = joined.last,
        case .data(_, var before)? = joined.popLast()
      {
        before.writeBuffer(&bytes)
        joined.append(.data(id, before))
      } else {
        joined.append(event)
      }
    }
    return joined.texts
  }

  var headersCount: Int {
    count { if case .headers = $0 { true } else { false } }
  }

  /// Bytes of DATA of one stream.
  func dataBytes(_ stream: HTTP2StreamID) -> Int {
    reduce(0) {
      if case .data(stream, let bytes) = $1 { $0 + bytes.readableBytes } else { $0 }
    }
  }
}
