/// Makes the failure links of a trie.
///
/// By depth: a link leads to a node of less depth. The chains that reach a depth are followed
/// together, so that the work is linear in the bytes of all patterns.
enum FailureLinks {
  /// A chain on its way down.
  private struct Descent {
    let chain: Int
    /// Of the node before.
    var failure: TriePosition?
    /// The last four bytes.
    var key: UInt32
  }

  /// - Parameter roots: Windows of four bytes with which patterns begin.
  /// - Returns: Packed positions by node; and lengths of the longest shorter pattern by node.
  static func make(
    for trie: inout Trie, roots: WindowFilter
  ) -> (failures: NodeTable, inherited: NodeTable) {
    var failures = NodeTable(nodes: trie.labels.count)
    var inherited = NodeTable(nodes: trie.labels.count)
    let order = trie.chains.indices.sorted { trie.chains[$0].depth < trie.chains[$1].depth }
    var waiting = order[...]
    var descents: [Descent] = []
    var depth = Trie.rootDepth
    while !waiting.isEmpty || !descents.isEmpty {
      if descents.isEmpty, let first = waiting.first { depth = trie.chains[first].depth }
      while let first = waiting.first, trie.chains[first].depth == depth {
        waiting.removeFirst()
        let chain = trie.chains[first]
        let failure = chain.parent.flatMap { failures[$0] }.map { TriePosition(packed: $0) }
        descents.append(Descent(chain: first, failure: failure, key: chain.key))
      }
      var index = 0
      while index < descents.count {
        let chain = trie.chains[descents[index].chain]
        let node = chain.first + depth - chain.depth
        if depth > chain.depth {
          descents[index].key = descents[index].key >> 8 | UInt32(trie.labels[node]) << 24
        }
        let failure = link(
          of: node, depth: depth, descents[index], trie, roots: roots, failures)
        if let failure {
          failures.set(node, failure.packed)
          trie.flags[node] |= Trie.Flag.failure
          let length =
            trie.flags[failure.node] & Trie.Flag.end != 0
            ? UInt64(failure.depth) : inherited[failure.node]
          if let length {
            inherited.set(node, length)
            trie.flags[node] |= Trie.Flag.inherits
          }
        }
        descents[index].failure = failure
        if depth - chain.depth + 1 == chain.count {
          descents.swapAt(index, descents.count - 1)
          descents.removeLast()
        } else {
          index += 1
        }
      }
      depth += 1
    }
    return (failures, inherited)
  }

  private static func link(
    of node: Int, depth: Int, _ descent: Descent, _ trie: borrowing Trie, roots: WindowFilter,
    _ failures: borrowing NodeTable
  ) -> TriePosition? {
    guard depth > Trie.rootDepth else { return nil }
    var candidate = descent.failure
    while let current = candidate {
      if let child = trie.child(of: current.node, trie.labels[node]) {
        return TriePosition(node: child, depth: current.depth + 1)
      }
      candidate = failures[current.node].map { TriePosition(packed: $0) }
    }
    guard roots.mayContain(UInt64(descent.key)) else { return nil }
    return trie.root(descent.key).map { TriePosition(node: $0, depth: Trie.rootDepth) }
  }
}
