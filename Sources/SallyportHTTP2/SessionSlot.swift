internal import Glibc

/// One session's part of the address space: handed out from its beginning and from its end, never
/// twice, and all zero at first. Blocks are taken back with the slot.
struct SessionSlot {
  /// Bytes: twice what the library needs for a session that sends frames of 16 KiB, and room for one
  /// buffer for frames of 64 KiB. A multiple of the page.
  static let size = 96 * 1_024
  /// Bytes of a block that comes from here also once the session has been made.
  private static let large = 8 * 1_024
  /// Bytes of a block that is a table, written to here and there: of streams, which comes zeroed as the
  /// session itself does, and of what HPACK has seen.
  private static let zeroedTable = 4_096
  private static let table = 1_024
  private static let alignment = 16

  private enum Kind { case buffer, table }

  private struct Header {
    /// Offsets between which nothing has been handed out.
    var low: Int
    var high: Int
    var isSealed = false
  }

  let base: UnsafeMutableRawPointer

  private var header: UnsafeMutablePointer<Header> { base.assumingMemoryBound(to: Header.self) }

  /// The slot that the library was given.
  init?(_ base: UnsafeMutableRawPointer?) {
    guard let base else { return nil }
    self.base = base
  }

  /// - Parameter address: Of so many bytes of zeroes.
  init(address: UInt) {
    guard let base = UnsafeMutableRawPointer(bitPattern: address) else {
      preconditionFailure("a mapping is never at zero")
    }
    self.base = base
    base.bindMemory(to: Header.self, capacity: 1)
      .initialize(to: Header(low: Self.rounded(MemoryLayout<Header>.size), high: Self.size))
  }

  var address: UInt { UInt(bitPattern: base) }

  /// From now on small blocks do not come from here: they would never be used again.
  func seal() { header.pointee.isSealed = true }

  func contains(_ block: UnsafeMutableRawPointer) -> Bool {
    block >= base && block < base + Self.size
  }

  /// Nil where it is for the C allocator.
  func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
    allocate(count, count >= Self.table && count < Self.large ? .table : .buffer)
  }

  /// Tables begin at the end, so that what is written to at once is together at the beginning, and what
  /// few streams and few fields write to those is together as well: a page at either end.
  private func allocate(_ count: Int, _ kind: Kind) -> UnsafeMutableRawPointer? {
    guard count > 0, count <= Self.size, !header.pointee.isSealed || count >= Self.large else {
      return nil
    }
    let length = Self.rounded(count) + (kind == .buffer ? Self.alignment : 0)
    guard length <= header.pointee.high - header.pointee.low else { return nil }
    switch kind {
    case .buffer:
      let start = base + header.pointee.low
      header.pointee.low += length
      // The length comes before the block, for ``reallocate(_:_:)``.
      start.storeBytes(of: count, as: Int.self)
      return start + Self.alignment
    case .table:
      header.pointee.high -= length
      return base + header.pointee.high
    }
  }

  /// So many zeroed elements.
  func allocate(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    return overflow ? nil : allocate(bytes, bytes >= Self.zeroedTable ? .table : .buffer)
  }

  func reallocate(
    _ block: UnsafeMutableRawPointer?, _ count: Int
  ) -> UnsafeMutableRawPointer? {
    guard let block else { return allocate(count) ?? malloc(count) }
    guard contains(block) else { return realloc(block, count) }
    let isTable = block >= base + header.pointee.high
    let before =
      isTable
      ? base + Self.size - block : (block - Self.alignment).load(as: Int.self)
    guard isTable || count > before else { return block }
    guard let new = allocate(count) ?? malloc(count) else { return nil }
    new.copyMemory(from: block, byteCount: min(before, count))
    return new
  }

  private static func rounded(_ count: Int) -> Int {
    (count + alignment - 1) & ~(alignment - 1)
  }
}
