/// How far the end of a text is into patterns: a node, and as many bytes.
struct TriePosition: Hashable, Sendable {
  var node: Int
  /// In bytes; at least ``Trie/rootDepth``.
  var depth: Int

  init(node: Int, depth: Int) {
    self.node = node
    self.depth = depth
  }

  /// Never zero.
  var packed: UInt64 { UInt64(node) << 32 | UInt64(depth) }

  init(packed: UInt64) {
    node = Int(packed >> 32)
    depth = Int(packed & 0xFFFF_FFFF)
  }
}
