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
        let kind: SessionSlot.Kind = size == 4_096 ? .table : .buffer
        let block = try #require(slot.allocate(size, kind))
        #expect(slot.contains(block) && slot.contains(block + size - 1))
        let start = UInt(bitPattern: block)
        #expect(start.isMultiple(of: 16))
        block.initializeMemory(as: UInt8.self, repeating: 0xFF, count: size)
        blocks.append(start..<(start + UInt(size)))
      }
      blocks.sort { $0.lowerBound < $1.lowerBound }
      for (left, right) in zip(blocks, blocks.dropFirst()) { #expect(!left.overlaps(right)) }
      #expect(slot.allocate(SessionSlot.size, .buffer) == nil)
      #expect(slot.allocate(40_000, .table) == nil)
      #expect(slot.allocate(0, .buffer) == nil)
      #expect(slot.allocate(Int.max, 2) == nil)
    }
  }

  @Test("what is small and comes later is for the C allocator")
  func sealed() throws {
    try withSlot { slot in
      slot.seal()
      #expect(slot.allocate(100, .buffer) == nil)
      #expect(slot.allocate(20_000, .buffer) != nil)
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
    let block = try #require(SessionSlot(address: first).allocate(50_000, .buffer))
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
