internal import Glibc
internal import Synchronization

/// Slots for sessions that come and go, on any thread. Those that are free take no memory, only
/// address space, which is never given back.
enum SessionSlots {
  /// Slots that are mapped at once.
  private static let perMapping = 64

  private static let free = Mutex<[UInt]>([])

  /// - Returns: The address of ``SessionSlot/size`` bytes of zeroes; nil where there are none.
  static func take() -> UInt? {
    free.withLock { free in
      if free.isEmpty { free = map() }
      return free.popLast()
    }
  }

  static func giveBack(_ address: UInt) {
    let slot = UnsafeMutableRawPointer(bitPattern: address)
    // Also makes it zero again; where that fails, it is not used any more.
    guard madvise(slot, SessionSlot.size, MADV_DONTNEED) == 0 else { return }
    free.withLock { $0.append(address) }
  }

  private static func map() -> [UInt] {
    let length = perMapping * SessionSlot.size
    guard
      let start = mmap(
        nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      start != MAP_FAILED
    else { return [] }
    // A huge page would be resident as a whole where one byte is written.
    madvise(start, length, MADV_NOHUGEPAGE)
    let address = UInt(bitPattern: start)
    return (0..<perMapping).reversed().map { address + UInt($0 * SessionSlot.size) }
  }
}
