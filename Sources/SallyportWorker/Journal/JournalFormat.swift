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
  /// What the header of every version begins with.
  static let signature = Array("SPJRNL".utf8)
  static let maximumBody = 65_536

  static func encode(_ body: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt32(body.count))
    writer.write(checksum(body))
    return writer.bytes + body
  }

  /// Every record up to the first that is not whole and intact, and where that is. A crash tears
  /// the last record only; what follows a damaged one is for ``salvage(_:from:)``.
  static func decode(_ bytes: [UInt8]) -> (records: [JournalRecord], end: Int) {
    guard bytes.starts(with: header) else { return ([], 0) }
    var records: [JournalRecord] = []
    var position = header.count
    while let (record, end) = record(at: position, in: bytes) {
      records.append(record)
      position = end
    }
    return (records, position)
  }

  /// The records that follow a place where the file is damaged, each found by its checksum; none
  /// where the file is only torn at its end.
  static func salvage(_ bytes: [UInt8], from start: Int) -> [JournalRecord] {
    var records: [JournalRecord] = []
    var position = start
    while position < bytes.count {
      if let (record, end) = record(at: position, in: bytes) {
        records.append(record)
        position = end
      } else {
        position += 1
      }
    }
    return records
  }

  private static func record(
    at position: Int, in bytes: [UInt8]
  ) -> (record: JournalRecord, end: Int)? {
    guard position + 8 < bytes.count else { return nil }
    var reader = ByteReader(bytes[position..<position + 8])
    guard let length = reader.integer(UInt32.self), let sum = reader.integer(UInt32.self),
      length > 0, length <= maximumBody, bytes.count - position - 8 >= Int(length)
    else { return nil }
    let end = position + 8 + Int(length)
    let body = Array(bytes[position + 8..<end])
    guard checksum(body) == sum, let record = JournalRecord(decoding: body) else { return nil }
    return (record, end)
  }

  private static func checksum(_ body: [UInt8]) -> UInt32 {
    var crc = CRC32C()
    withUnsafeBytes(of: UInt32(body.count).littleEndian) { crc.update($0) }
    crc.update(body)
    return crc.value
  }
}
