/// All patterns as a tree of bytes, in two bytes a node.
///
/// Patterns hardly share more than their beginnings, so that nearly every node has one child: it
/// is the next node. The few others are in a map. The first four bytes of a pattern are no nodes
/// but a key, which is also how a scan finds where a pattern may begin.
struct Trie: Sendable {
  /// Bytes that a root stands for.
  static let rootDepth = 4

  /// What is known of a node, one bit each.
  enum Flag {
    /// The next node is a child.
    static let next: UInt8 = 1
    /// ``branches`` has children.
    static let branches: UInt8 = 2
    /// A pattern ends here.
    static let end: UInt8 = 4
    /// The automaton has a failure link.
    static let failure: UInt8 = 8
    /// A shorter pattern ends here.
    static let inherits: UInt8 = 16
  }

  /// Consecutive nodes, each the parent of the next.
  struct Chain: Sendable {
    let first: Int
    /// Bytes from the beginning of a pattern up to and with the first node's.
    let depth: Int
    let count: Int
    /// Nil where the first node is a root.
    let parent: Int?
    /// The last four bytes up to and with the first node's.
    let key: UInt32
  }

  /// The byte that leads to each node.
  private(set) var labels: [UInt8] = []
  var flags: [UInt8] = []
  private(set) var chains: [Chain] = []
  private var roots = CompactMap()
  private var branches = CompactMap()
  /// The first one, two and three bytes of every pattern.
  private var beginnings = CompactMap()

  /// - Parameter pattern: At least ``rootDepth`` bytes.
  mutating func insert(_ pattern: [UInt8]) {
    guard pattern.count >= Self.rootDepth else { return }
    for length in 1..<Self.rootDepth { beginnings.set(Self.beginning(pattern.prefix(length)), 1) }
    var depth = Self.rootDepth
    var node: Int
    let key = Self.key(pattern, endingAt: depth)
    if let root = roots[UInt64(key)] {
      node = Int(root)
      while depth < pattern.count, let child = child(of: node, pattern[depth]) {
        node = child
        depth += 1
      }
      if depth < pattern.count {
        node = append(pattern, from: depth, to: node)
      }
    } else {
      roots.set(UInt64(key), UInt64(labels.count))
      node = append(pattern, from: depth - 1, to: nil)
    }
    flags[node] |= Flag.end
  }

  /// - Returns: The last node.
  private mutating func append(_ pattern: [UInt8], from index: Int, to parent: Int?) -> Int {
    let first = labels.count
    if let parent {
      if parent == first - 1, flags[parent] & Flag.next == 0 {
        flags[parent] |= Flag.next
      } else {
        flags[parent] |= Flag.branches
        branches.set(Self.branch(parent, pattern[index]), UInt64(first))
      }
    }
    labels += pattern[index...]
    flags += repeatElement(Flag.next, count: pattern.count - index)
    let last = labels.count - 1
    flags[last] = 0
    chains.append(
      Chain(
        first: first, depth: index + 1, count: pattern.count - index, parent: parent,
        key: Self.key(pattern, endingAt: index + 1)))
    return last
  }

  @inline(__always)
  func child(of node: Int, _ byte: UInt8) -> Int? {
    if flags[node] & Flag.next != 0, labels[node + 1] == byte { return node + 1 }
    guard flags[node] & Flag.branches != 0 else { return nil }
    return branches[Self.branch(node, byte)].map { Int($0) }
  }

  /// The node of the patterns that begin with four bytes, the first one in the lowest bits.
  @inline(__always)
  func root(_ key: UInt32) -> Int? { roots[UInt64(key)].map { Int($0) } }

  /// Whether a pattern begins with one to three bytes.
  func hasBeginning(_ bytes: some Collection<UInt8>) -> Bool {
    beginnings[Self.beginning(bytes)] != nil
  }

  private static func beginning(_ bytes: some Collection<UInt8>) -> UInt64 {
    bytes.reduce(UInt64(bytes.count)) { $0 << 8 | UInt64($1) }
  }

  private static func branch(_ node: Int, _ byte: UInt8) -> UInt64 {
    UInt64(node) << 8 | UInt64(byte)
  }

  private static func key(_ pattern: [UInt8], endingAt end: Int) -> UInt32 {
    pattern[(end - rootDepth)..<end].reduce(0) { $0 >> 8 | UInt32($1) << 24 }
  }
}
