/// Ref patterns of ordered steps, so that the first step with a matching pattern is found without
/// trying them all: patterns are filed under the segments that they begin with literally.
struct RefIndex: Sendable {
  private struct Node: Sendable {
    /// Sorted by their bytes.
    var children: [(segment: [UInt8], node: Int)] = []
    /// The first step with a pattern that ends here.
    var exact: Int?
    /// What patterns go on with, by step.
    var globs: [(step: Int, glob: PathGlob)] = []
  }

  private var nodes = [Node()]

  /// Steps are inserted in their order.
  mutating func insert(_ glob: PathGlob, step: Int) {
    var node = 0
    for (index, segment) in glob.segments.enumerated() {
      guard case .one(let text) = segment, text.isLiteral else {
        let rest = PathGlob(segments: Array(glob.segments[index...]))
        nodes[node].globs.append((step, rest))
        return
      }
      node = child(text.bytes, of: node)
    }
    if nodes[node].exact == nil { nodes[node].exact = step }
  }

  /// The first step before `bound` with a pattern that matches; `bound` where there is none.
  func firstStep(for name: Span<UInt8>, before bound: Int) -> Int {
    var best = bound
    var (node, position) = (0, 0)
    while true {
      for (step, glob) in nodes[node].globs {
        guard step < best else { break }
        if glob.matches(name, from: position) {
          best = step
          break
        }
      }
      guard position <= name.count else {
        return nodes[node].exact.map { min($0, best) } ?? best
      }
      let end = PathGlob.endOfSegment(name, from: position)
      guard let next = find(name, position..<end, among: nodes[node].children) else { return best }
      node = next
      position = end + 1
    }
  }

  private mutating func child(_ segment: [UInt8], of node: Int) -> Int {
    let children = nodes[node].children
    if let found = find(segment.span, 0..<segment.count, among: children) { return found }
    let place = children.firstIndex { segment.lexicographicallyPrecedes($0.segment) }
    nodes.append(Node())
    nodes[node].children.insert((segment, nodes.count - 1), at: place ?? children.count)
    return nodes.count - 1
  }

  private func find(
    _ text: Span<UInt8>, _ range: Range<Int>, among children: [(segment: [UInt8], node: Int)]
  ) -> Int? {
    var (low, high) = (0, children.count)
    while low < high {
      let middle = (low + high) / 2
      switch Self.compare(text, range, children[middle].segment) {
      case 0: return children[middle].node
      case ..<0: high = middle
      default: low = middle + 1
      }
    }
    return nil
  }

  /// Below zero where the text comes first.
  private static func compare(_ text: Span<UInt8>, _ range: Range<Int>, _ other: [UInt8]) -> Int {
    for index in 0..<min(range.count, other.count) {
      let difference = Int(text[range.lowerBound + index]) - Int(other[index])
      if difference != 0 { return difference }
    }
    return range.count - other.count
  }
}
