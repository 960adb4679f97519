import SallyportBytes
import Testing

@Suite struct WipingTests {
  @Test func bytesAreOverwrittenInPlace() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: [UInt8](repeating: 0xA5, count: 64))
    buffer.overwrite()
    #expect(buffer.allSatisfy { $0 == 0 })
  }

  @Test func aSharedArrayKeepsItsBytes() {
    let shared: [UInt8] = [1, 2, 3]
    var copy = shared
    copy.wipe()
    #expect(copy.isEmpty)
    #expect(shared == [1, 2, 3])
  }
}
