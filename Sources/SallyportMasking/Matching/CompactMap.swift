/// Numbers by number, in two flat arrays: open addressing with linear probing.
///
/// A dictionary of ten thousand secrets' nodes would take several times the memory, and hash with
/// care that keys which nobody sends need not.
struct CompactMap: Sendable {
  private var keys: [UInt64]
  private var values: [UInt64]
  private var shift: UInt64
  private(set) var count = 0

  private static let free = UInt64.max

  init() {
    keys = Array(repeating: Self.free, count: 16)
    values = Array(repeating: 0, count: 16)
    shift = 60
  }

  /// - Parameter key: Anything but the greatest number.
  subscript(key: UInt64) -> UInt64? {
    @inline(__always) get {
      let slot = slot(of: key)
      return keys[slot] == key ? values[slot] : nil
    }
  }

  mutating func set(_ key: UInt64, _ value: UInt64) {
    if 2 * (count + 1) > keys.count { grow() }
    let slot = slot(of: key)
    if keys[slot] != key { count += 1 }
    keys[slot] = key
    values[slot] = value
  }

  /// All pairs, in no order.
  func forEach(_ body: (_ key: UInt64, _ value: UInt64) -> Void) {
    for slot in keys.indices where keys[slot] != Self.free { body(keys[slot], values[slot]) }
  }

  /// Where the key is, or would be: half of the slots are free, so that there always is one.
  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while keys[slot] != key && keys[slot] != Self.free { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }

  private mutating func grow() {
    let old = self
    keys = Array(repeating: Self.free, count: 2 * old.keys.count)
    values = Array(repeating: 0, count: 2 * old.keys.count)
    shift -= 1
    count = 0
    old.forEach { key, value in
      let slot = slot(of: key)
      keys[slot] = key
      values[slot] = value
      count += 1
    }
  }
}
