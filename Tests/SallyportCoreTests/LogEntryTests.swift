import SallyportCore
import Testing

@Suite struct LogEntryTests {
  private let entries = [
    LogEntry(stream: .stdout, timestamp: 1, payload: Array("hello\n".utf8)),
    LogEntry(stream: .stderr, timestamp: .max, payload: []),
    LogEntry(
      stream: .system, timestamp: 0x0102_0304_0506_0708,
      payload: [UInt8](repeating: 7, count: LogEntry.maximumPayload)),
  ]

  private var encoded: [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries { entry.encode(into: &bytes) }
    return bytes
  }

  @Test func headerIsAsDocumented() {
    var bytes: [UInt8] = []
    LogEntry(stream: .stderr, timestamp: 0x0102_0304_0506_0708, payload: [0xAA]).encode(
      into: &bytes)
    #expect(bytes == [2, 0, 0, 0, 1, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0xAA])
  }

  @Test(arguments: [1, 2, 15, 16, 17, 1_000, 100_000])
  func decodesWhateverTheSplit(_ size: Int) throws {
    var decoder = LogEntryDecoder()
    var decoded: [LogEntry] = []
    var rest = encoded[...]
    while !rest.isEmpty {
      decoder.append(rest.prefix(size))
      rest = rest.dropFirst(size)
      while let entry = try decoder.next() { decoded.append(entry) }
    }
    #expect(decoded == entries)
    #expect(decoder.pendingBytes == 0)
  }

  @Test func aCutLogLeavesBytesPending() throws {
    var decoder = LogEntryDecoder()
    decoder.append(encoded.dropLast())
    while try decoder.next() != nil {}
    #expect(decoder.pendingBytes > 0)
  }

  @Test(arguments: [
    [0, 0, 0, 0, 0, 0, 0, 0], [6, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0],
    [1, 0, 0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 1, 0], [1, 0, 0, 0, 255, 255, 255, 255],
  ])
  func refusesBadHeaders(_ start: [UInt8]) {
    var decoder = LogEntryDecoder()
    decoder.append(start + [UInt8](repeating: 0, count: 8))
    #expect(throws: LogFormatError.self) { try decoder.next() }
  }
}

@Suite struct CRC32CTests {
  @Test func matchesPublishedVectors() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum([]) == 0)
  }

  @Test func piecesGiveTheSameAsTheWhole() {
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var crc = CRC32C()
    crc.update(bytes[..<333])
    crc.update(bytes[333...])
    #expect(crc.value == CRC32C.checksum(bytes))
  }
}
