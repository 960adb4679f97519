/// A number other than zero for some nodes: a map where they are few, an array where they are not.
struct NodeTable: Sendable {
  private var sparse = CompactMap()
  private var dense: [UInt64] = []
  private let nodes: Int

  init(nodes: Int) {
    self.nodes = nodes
  }

  subscript(node: Int) -> UInt64? {
    @inline(__always) get {
      guard dense.isEmpty else { return dense[node] == 0 ? nil : dense[node] }
      return sparse[UInt64(node)]
    }
  }

  mutating func set(_ node: Int, _ value: UInt64) {
    if !dense.isEmpty {
      dense[node] = value
    } else {
      sparse.set(UInt64(node), value)
      // From here on the array is the smaller one.
      if sparse.count > max(nodes / 4, 64) { makeDense() }
    }
  }

  private mutating func makeDense() {
    var dense = [UInt64](repeating: 0, count: nodes)
    sparse.forEach { dense[Int($0)] = $1 }
    self.dense = dense
    sparse = CompactMap()
  }
}
