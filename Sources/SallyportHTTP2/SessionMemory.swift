internal import CNGHTTP2
internal import Glibc

/// Memory for what a `nghttp2_session` has for as long as it lives.
///
/// With each session the library allocates 16 KiB for frames, of which an idle connection has used
/// some hundred bytes and a DATA frame uses nine, and 4 KiB for a table of streams. From the C
/// allocator, which hands out what others have used before, all of it is resident: two fifths of what
/// an idle connection costs. Here it lies in a slot of address space of its own (``SessionSlots``), of
/// which only pages that were written to take memory. What comes and goes with frames and streams is
/// left to the C allocator.
struct SessionMemory: ~Copyable {
  private let slot: SessionSlot?

  /// Where there is no slot, the C allocator does it all.
  init() { slot = SessionSlots.take().map(SessionSlot.init(address:)) }

  deinit { if let slot { SessionSlots.giveBack(slot.address) } }

  /// For the library, which copies it; valid for as long as this lives.
  func withAllocator<Result>(_ body: (UnsafeMutablePointer<nghttp2_mem>?) -> Result) -> Result {
    guard let slot else { return body(nil) }
    var allocator = nghttp2_mem(
      mem_user_data: slot.base, malloc: allocate, free: release, calloc: allocateZeroed,
      realloc: reallocate)
    return body(&allocator)
  }

  /// The session has been made.
  func seal() { slot?.seal() }
}

private func allocate(_ count: Int, _ slot: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  SessionSlot(slot)?.allocate(count) ?? malloc(count)
}

private func allocateZeroed(
  _ count: Int, _ size: Int, _ slot: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  SessionSlot(slot)?.allocate(count, size) ?? calloc(count, size)
}

private func reallocate(
  _ block: UnsafeMutableRawPointer?, _ count: Int, _ slot: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  guard let slot = SessionSlot(slot) else { return realloc(block, count) }
  return slot.reallocate(block, count)
}

private func release(_ block: UnsafeMutableRawPointer?, _ slot: UnsafeMutableRawPointer?) {
  if let block, SessionSlot(slot)?.contains(block) != true { free(block) }
}
