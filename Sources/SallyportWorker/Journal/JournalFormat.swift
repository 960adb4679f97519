import SallyportCore

/// The bytes of a journal file: an 8-byte header, then records, each
///
/// ```
/// 0  u32  length of the body, 1 to 65,536
/// 4  u32  CRC-32C of the length (4 bytes, little-endian) and the body
/// 8  body
/// ```
enum JournalFormat {
  static let header = Array("SPJRNL01".utf8)
  static let maximumBody = 65_536

  static func encode(_ body: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt32(body.count))
    writer.write(checksum(body))
    return writer.bytes + body
  }

  /// Every record up to the first that is not whole and intact, and where that is. A crash tears
  /// the last record only: whatever follows a damaged one is not read.
  static func decode(_ bytes: [UInt8]) -> (records: [JournalRecord], end: Int) {
    guard bytes.starts(with: header) else { return ([], 0) }
    var records: [JournalRecord] = []
    var position = header.count
    while true {
      var reader = ByteReader(bytes[position...])
      guard let length = reader.integer(UInt32.self), let sum = reader.integer(UInt32.self),
        length > 0, length <= maximumBody, bytes.count - position - 8 >= Int(length)
      else { break }
      let body = Array(bytes[position + 8..<position + 8 + Int(length)])
      guard checksum(body) == sum, let record = JournalRecord(decoding: body) else { break }
      records.append(record)
      position += 8 + Int(length)
    }
    return (records, position)
  }

  private static func checksum(_ body: [UInt8]) -> UInt32 {
    var crc = CRC32C()
    withUnsafeBytes(of: UInt32(body.count).littleEndian) { crc.update($0) }
    crc.update(body)
    return crc.value
  }
}
