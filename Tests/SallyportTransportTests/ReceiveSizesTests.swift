import NIOCore
import Testing

@testable import SallyportTransport

@Suite struct ReceiveSizesTests {
  /// As a channel reads: fills a buffer of the pool with what there is.
  private func read(
    _ available: Int, _ pool: inout NIOPooledRecvBufferAllocator
  ) -> ByteBuffer {
    let (buffer, count) = pool.buffer(allocator: ByteBufferAllocator()) { buffer in
      let count = min(available, buffer.writableBytes)
      buffer.writeRepeatingByte(1, count: count)
      return count
    }
    pool.record(actualReadBytes: count)
    return buffer
  }

  @Test("an idle connection's pool is left with the few bytes that it began with")
  func release() {
    var pool = NIOPooledRecvBufferAllocator(capacity: 4, recvAllocator: ReceiveSizes())
    let first = read(100_000, &pool)
    #expect(first.readableBytes <= 16)
    for _ in 0..<20 { _ = read(1 << 20, &pool) }
    let large = read(1 << 20, &pool).readableBytes
    #expect(large == 256 * 1_024, "reads grow with what comes")
    #expect(pool.count > 1)

    pool.updateCapacity(to: 1)
    pool.updateCapacity(to: 4)
    #expect(pool.count == 1)
    #expect(first.readableBytes <= 16, "it was not read into again")
    #expect(read(1 << 20, &pool).readableBytes == large)
  }

  @Test("a pool whose first buffer nobody holds reads on all the same")
  func unheld() {
    var pool = NIOPooledRecvBufferAllocator(capacity: 1, recvAllocator: ReceiveSizes())
    _ = read(100, &pool)
    #expect(read(1_000, &pool).readableBytes == 1_000)
  }
}
