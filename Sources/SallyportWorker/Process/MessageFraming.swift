/// Cuts a byte stream between worker and supervisor into messages: a 32-bit little-endian length,
/// then that many bytes.
struct MessageFraming {
  /// Bytes of one message. A launch request carries argv and the environment, which the kernel
  /// limits to about 6 MiB together.
  static let maximumLength = 8 << 20

  private var buffer: [UInt8] = []

  static func frame(_ message: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(message)
    return writer.bytes
  }

  mutating func append(_ bytes: [UInt8]) { buffer.append(contentsOf: bytes) }

  /// The next whole message; nil until more bytes arrive.
  ///
  /// - Throws: ``MessageTooLong``: the other side does not speak this protocol.
  mutating func next() throws(MessageTooLong) -> [UInt8]? {
    var reader = ByteReader(buffer.prefix(4))
    guard let length = reader.integer(UInt32.self) else { return nil }
    guard length <= Self.maximumLength else { throw MessageTooLong(length: length) }
    let end = 4 + Int(length)
    guard buffer.count >= end else { return nil }
    let message = Array(buffer[4..<end])
    buffer.removeFirst(end)
    return message
  }
}
