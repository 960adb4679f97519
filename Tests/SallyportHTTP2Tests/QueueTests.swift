import NIOCore
import Testing

@testable import SallyportHTTP2

@Suite struct QueueTests {
  @Test func outboundBytesKeepTheirOrderHoweverTheyAreCut() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      var queue = OutboundBytes()
      var expected = ByteBuffer()
      var output = ByteBuffer()
      for _ in 0..<50 {
        if Bool.random(using: &generator) {
          let piece = ByteBuffer.pattern(Int.random(in: 0...300, using: &generator))
          queue.append(piece)
          expected.writeImmutableBuffer(piece)
        } else {
          queue.move(Int.random(in: 0...queue.byteCount, using: &generator), to: &output)
        }
      }
      queue.move(queue.byteCount, to: &output)
      #expect(queue.isEmpty)
      #expect(output == expected)
    }
  }

  @Test func smallFramesAreGatheredAndLargeOnesAreNot() {
    var queue = EventQueue()
    for _ in 0..<1_000 { queue.appendData(1, ByteBuffer(string: "ab")) }
    queue.appendData(3, ByteBuffer(string: "other"))
    queue.appendData(1, ByteBuffer(string: "again"))
    queue.appendData(1, .pattern(5_000))
    queue.appendData(1, .pattern(5_000))
    var sizes: [Int] = []
    while let event = queue.popFirst() {
      guard case .data(_, let bytes) = event else { continue }
      sizes.append(bytes.readableBytes)
    }
    #expect(sizes == [1_024, 976, 5, 5, 5_000, 5_000])
  }

  @Test func gatheredBytesDoNotTouchTheirSource() {
    let source = ByteBuffer(string: "abcdef")
    var queue = EventQueue()
    queue.appendData(1, source.getSlice(at: 0, length: 2) ?? ByteBuffer())
    queue.appendData(1, ByteBuffer(string: "XY"))
    #expect(String(buffer: source) == "abcdef")
    #expect(queue.popFirst()?.text == "data 1 abXY")
  }

  @Test func slicesShareTheirStorageWhereTheyFillIt() {
    var full = ByteBufferAllocator().buffer(capacity: 262_144)
    full.writeRepeatingByte(7, count: 262_000)
    #expect(slice(of: full, at: 10, count: 65_536).storageCapacity == full.storageCapacity)
    for count in [1, 100, 16_384] {
      let slice = slice(of: full, at: 10, count: count)
      #expect(slice.readableBytes == count)
      #expect(slice.storageCapacity <= max(64, 2 * count))
    }
  }

  @Test func smallBuffersThatWaitAreGathered() {
    var queue = OutboundBytes()
    for _ in 0..<100_000 { queue.append(ByteBuffer(string: "a")) }
    #expect(queue.byteCount == 100_000)
    #expect(queue.bufferCount <= 100)
  }

  @Test func pointersOutsideTheBufferAreCopied() {
    let elsewhere: [UInt8] = [1, 2, 3]
    let received = ReceivedBytes()
    let copy = elsewhere.withUnsafeBufferPointer { bytes in
      bytes.baseAddress.map { received.slice(at: $0, count: 3) }
    }
    #expect(copy == ByteBuffer(bytes: elsewhere))
  }

  private func slice(of buffer: ByteBuffer, at offset: Int, count: Int) -> ByteBuffer {
    buffer.withUnsafeReadableBytes { bytes in
      let received = ReceivedBytes(buffer, base: bytes.baseAddress)
      return (bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        .map { received.slice(at: $0 + offset, count: count) } ?? ByteBuffer()
    }
  }
}
