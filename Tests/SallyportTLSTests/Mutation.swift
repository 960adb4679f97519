import NIOCore
import SallyportTestSupport

/// One way to damage bytes.
enum Mutation: CaseIterable {
  case flipBits, overwrite, insert, remove, truncate, duplicate, swapRecords, extendLengths, noise

  static func random(_ generator: inout SeededGenerator) -> Mutation {
    allCases.randomElement(using: &generator) ?? .flipBits
  }

  func apply(to buffer: ByteBuffer, _ generator: inout SeededGenerator) -> ByteBuffer {
    var bytes = Array(buffer.readableBytesView)
    guard !bytes.isEmpty else { return buffer }
    let position = Int.random(in: 0..<bytes.count, using: &generator)
    switch self {
    case .flipBits:
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let target = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[target] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
    case .overwrite:
      let length = min(Int.random(in: 1...32, using: &generator), bytes.count - position)
      bytes.replaceSubrange(position..<position + length, with: generator.bytes(length))
    case .insert:
      let count = Int.random(in: 1...64, using: &generator)
      bytes.insert(contentsOf: generator.bytes(count), at: position)
    case .remove:
      let length = min(Int.random(in: 1...64, using: &generator), bytes.count - position)
      bytes.removeSubrange(position..<position + length)
    case .truncate:
      bytes.removeSubrange(position...)
    case .duplicate:
      bytes += bytes
    case .swapRecords:
      var records = Self.records(of: bytes)
      records.shuffle(using: &generator)
      bytes = records.flatMap { $0 }
    case .extendLengths:
      // Lengths in TLS are big-endian: high bytes set are large claims.
      bytes[position] = 0xff
      bytes[min(position + 1, bytes.count - 1)] = 0xff
    case .noise:
      let count = Int.random(in: 1...2_000, using: &generator)
      bytes.replaceSubrange(min(5, bytes.count)..., with: generator.bytes(count))
    }
    return ByteBuffer(bytes: bytes)
  }

  private static func records(of bytes: [UInt8]) -> [[UInt8]] {
    var records: [[UInt8]] = []
    var rest = bytes[...]
    while rest.count >= 5 {
      let start = rest.startIndex
      let length = 5 + Int(rest[start + 3]) << 8 + Int(rest[start + 4])
      records.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return records + (rest.isEmpty ? [] : [Array(rest)])
  }
}
