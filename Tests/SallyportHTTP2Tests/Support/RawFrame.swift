/// A frame as bytes, made by hand: what no correct engine would send can be sent.
struct RawFrame: Equatable {
  var type: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload: [UInt8] = []

  static let magic = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  var bytes: [UInt8] {
    let length = payload.count
    return [UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
      + [type, flags] + Self.bigEndian(stream) + payload
  }

  /// The frames in `bytes`; a client's magic is skipped.
  static func parse(_ bytes: [UInt8]) -> [RawFrame] {
    var rest = bytes.starts(with: magic) ? bytes.dropFirst(magic.count) : bytes[...]
    var frames: [RawFrame] = []
    while rest.count >= 9 {
      let header = Array(rest.prefix(9))
      let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
      let stream = header[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      frames.append(
        RawFrame(
          type: header[3], flags: header[4], stream: stream,
          payload: Array(rest.dropFirst(9).prefix(length))))
      rest = rest.dropFirst(9 + length)
    }
    return frames
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  // MARK: - Kinds

  static func data(_ stream: UInt32, _ payload: [UInt8], endStream: Bool = false) -> RawFrame {
    RawFrame(type: 0, flags: endStream ? 1 : 0, stream: stream, payload: payload)
  }

  static func paddedData(_ stream: UInt32, _ payload: [UInt8], padding: UInt8) -> RawFrame {
    let zeros = [UInt8](repeating: 0, count: Int(padding))
    return RawFrame(type: 0, flags: 8, stream: stream, payload: [padding] + payload + zeros)
  }

  static func headers(
    _ stream: UInt32, _ fields: [(String, String)] = requestFields, endStream: Bool = false,
    endHeaders: Bool = true
  ) -> RawFrame {
    headers(stream, block: block(fields), endStream: endStream, endHeaders: endHeaders)
  }

  static func headers(
    _ stream: UInt32, block: [UInt8], endStream: Bool = false, endHeaders: Bool = true
  ) -> RawFrame {
    let flags: UInt8 = (endStream ? 1 : 0) | (endHeaders ? 4 : 0)
    return RawFrame(type: 1, flags: flags, stream: stream, payload: block)
  }

  static func priority(_ stream: UInt32, on parent: UInt32) -> RawFrame {
    RawFrame(type: 2, stream: stream, payload: bigEndian(parent) + [16])
  }

  static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> RawFrame {
    RawFrame(type: 3, stream: stream, payload: bigEndian(code))
  }

  static func settings(_ entries: [(UInt16, UInt32)] = []) -> RawFrame {
    RawFrame(
      type: 4,
      payload: entries.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xff)] + bigEndian($0.1) })
  }

  static let settingsAcknowledgement = RawFrame(type: 4, flags: 1)

  static func ping(acknowledgement: Bool = false) -> RawFrame {
    RawFrame(type: 6, flags: acknowledgement ? 1 : 0, payload: [1, 2, 3, 4, 5, 6, 7, 8])
  }

  static func goAway(last: UInt32, _ code: UInt32) -> RawFrame {
    RawFrame(type: 7, payload: bigEndian(last) + bigEndian(code))
  }

  static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> RawFrame {
    RawFrame(type: 8, stream: stream, payload: bigEndian(increment))
  }

  static func continuation(_ stream: UInt32, block: [UInt8], endHeaders: Bool = false) -> RawFrame {
    RawFrame(type: 9, flags: endHeaders ? 4 : 0, stream: stream, payload: block)
  }

  // MARK: - Header blocks

  static let requestFields = [
    (":method", "POST"), (":scheme", "https"), (":path", "/Service/Method"),
    (":authority", "gateway"),
  ]

  /// HPACK: literals without indexing and without Huffman coding.
  static func block(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { [0] + string($0.0) + string($0.1) }
  }

  static func string(_ text: String) -> [UInt8] {
    precondition(text.utf8.count < 127, "longer strings need a longer length")
    return [UInt8(text.utf8.count)] + Array(text.utf8)
  }
}
