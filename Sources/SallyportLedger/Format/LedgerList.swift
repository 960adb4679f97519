/// A list for a record that may be longer than a record can hold: keeps the first items and counts
/// the others, so that whoever collects it needs no bound of their own.
package struct LedgerList: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// Items that are kept; how many of them a line takes depends on their length.
  package static let maximumItems = 128
  /// Bytes of an item that are kept, before escapes.
  static let maximumItemBytes = 512

  package private(set) var items: [String] = []
  /// Items that were not kept.
  package private(set) var omitted: UInt64 = 0

  package init() {}

  package init(arrayLiteral items: String...) { self.init(items) }

  package init(_ items: some Sequence<String>) {
    for item in items { append(item) }
  }

  /// - Parameter count: Of all items, where these are the first of them.
  package init(_ items: some Collection<String>, of count: Int) {
    self.init(items)
    omitted = UInt64(clamping: max(count, items.count) - self.items.count)
  }

  package var isEmpty: Bool { items.isEmpty && omitted == 0 }

  package mutating func append(_ item: String) {
    guard items.count < Self.maximumItems else {
      if omitted < .max { omitted += 1 }
      return
    }
    // One byte too many makes the line say that the item was cut.
    items.append(
      item.utf8.count <= Self.maximumItemBytes
        ? item : String(decoding: item.utf8.prefix(Self.maximumItemBytes + 1), as: UTF8.self))
  }
}
