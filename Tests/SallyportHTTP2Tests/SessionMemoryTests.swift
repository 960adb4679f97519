import Testing

@testable import SallyportHTTP2

@Suite struct SessionMemoryTests {
  private func withSlot(_ body: (SessionSlot) throws -> Void) throws {
    let address = try #require(SessionSlots.take())
    defer { SessionSlots.giveBack(address) }
    try body(SessionSlot(address: address))
  }

  @Test("blocks are aligned, apart from each other and inside the slot, until it is full")
  func blocks() throws {
    try withSlot { slot in
      var blocks: [Range<UInt>] = []
      for size in [2_928, 1, 1_024, 4_096, 48, 16_394, 40_000] {
        let block = try #require(size == 4_096 ? slot.allocate(256, 16) : slot.allocate(size))
        #expect(slot.contains(block) && slot.contains(block + size - 1))
        let start = UInt(bitPattern: block)
        #expect(start.isMultiple(of: 16))
        block.initializeMemory(as: UInt8.self, repeating: 0xFF, count: size)
        blocks.append(start..<(start + UInt(size)))
      }
      blocks.sort { $0.lowerBound < $1.lowerBound }
      for (left, right) in zip(blocks, blocks.dropFirst()) { #expect(!left.overlaps(right)) }
      #expect(slot.allocate(SessionSlot.size) == nil)
      #expect(slot.allocate(40_000) == nil)
      #expect(slot.allocate(0) == nil)
      #expect(slot.allocate(Int.max, 2) == nil)
    }
  }

  @Test("what an idle session has written to is on two pages")
  func pages() throws {
    try withSlot { slot in
      // As nghttp2 1.52 asks for them: the session, HPACK's tables, which are filled from their ends, a
      // frame, and the table of streams, where the first stream is at 2,528.
      let session = try #require(slot.allocate(1, 2_928))
      let fields = try [#require(slot.allocate(1_024)), #require(slot.allocate(1_024))]
      let frame = try #require(slot.allocate(16_394))
      let streams = try #require(slot.allocate(256, 16))
      let first = slot.base + 4_096
      #expect(session + 2_928 <= first && frame + 512 <= first)
      let last = slot.base + SessionSlot.size - 4_096
      #expect(streams + 2_528 >= last)
      #expect(fields.allSatisfy { $0 >= last })
    }
  }

  @Test("what is small and comes later is for the C allocator")
  func sealed() throws {
    try withSlot { slot in
      slot.seal()
      #expect(slot.allocate(100) == nil)
      #expect(slot.allocate(20_000) != nil)
    }
  }

  @Test("a block that grows keeps what is in it")
  func reallocation() throws {
    try withSlot { slot in
      let block = try #require(slot.reallocate(nil, 10_000))
      block.initializeMemory(as: UInt8.self, repeating: 7, count: 10_000)
      #expect(slot.reallocate(block, 9_000) == block)
      let grown = try #require(slot.reallocate(block, 20_000))
      #expect(grown != block && slot.contains(grown))
      let bytes = UnsafeRawBufferPointer(start: grown, count: 10_000)
      #expect(bytes.allSatisfy { $0 == 7 })
    }
  }

  @Test("a slot that was given back is all zero again")
  func reuse() throws {
    let first = try #require(SessionSlots.take())
    let block = try #require(SessionSlot(address: first).allocate(50_000))
    block.initializeMemory(as: UInt8.self, repeating: 1, count: 50_000)
    SessionSlots.giveBack(first)
    // Other tests take slots meanwhile: this one comes back sooner or later, or is theirs.
    var taken: [UInt] = []
    defer { for address in taken { SessionSlots.giveBack(address) } }
    for _ in 0..<200 {
      let address = try #require(SessionSlots.take())
      taken.append(address)
      let base = try #require(UnsafeRawPointer(bitPattern: address))
      let bytes = UnsafeRawBufferPointer(start: base, count: SessionSlot.size)
      #expect(bytes.allSatisfy { $0 == 0 })
    }
  }
}
