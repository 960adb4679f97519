/// Finds all occurrences of its patterns in a text that arrives in pieces (Aho and Corasick, 1975),
/// in time linear in the text whatever text and patterns are.
///
/// Only partial matches of four bytes and more are tracked: a shorter one is cheaper to begin
/// anew, and without them hardly a node needs a failure link. Between partial matches a
/// ``WindowFilter`` passes over what is no pattern's beginning. Time stays linear, since each
/// tracking begins beyond where the one before began, and at most three bytes before the byte at
/// which that one failed.
final class Automaton: Sendable {
  let trie: Trie
  /// Where to go on from a node whose children do not match: the longest other node whose bytes
  /// end those of the node.
  private let failures: NodeTable
  /// The length of the longest shorter pattern that ends at a node.
  private let inherited: NodeTable
  private let windows: WindowFilter
  private let roots: WindowFilter

  /// Patterns below this length get an automaton of their own, so that one short value does not
  /// cost all others their strides. In bytes.
  static let shortestLong = 12

  /// - Parameter patterns: At least one; of at least ``Trie/rootDepth`` bytes each.
  init(_ patterns: [[UInt8]]) {
    var trie = Trie()
    for pattern in patterns { trie.insert(pattern) }
    roots = WindowFilter(patterns, width: Trie.rootDepth, stride: 1)
    (failures, inherited) = FailureLinks.make(for: &trie, roots: roots)
    self.trie = trie
    let shortest = max(patterns.lazy.map(\.count).min() ?? 0, Trie.rootDepth)
    let width = min(max(shortest - 3, Trie.rootDepth), 8)
    windows = WindowFilter(patterns, width: width, stride: min(shortest - width + 1, 8))
  }

  /// Looks at bytes that have come.
  ///
  /// - Parameters:
  ///   - bytes: What has come, and before it at least the bytes of the position and three more
  ///     where there were any.
  ///   - start: The first byte that has come.
  ///   - position: Where the text before ended, and ends now; nil if in no partial match of four
  ///     bytes or more.
  ///   - found: Gets each match, by its offsets in `bytes`.
  func scan(
    _ bytes: borrowing RawSpan, from start: Int, position: inout TriePosition?,
    found: (_ start: Int, _ end: Int) -> Void
  ) {
    var next = max(start - 3, 0)
    if let current = position {
      guard let resume = track(bytes, from: start, at: current, position: &position, found: found)
      else { return }
      next = resume
    }
    let last = bytes.byteCount - Trie.rootDepth
    while next <= last {
      let hit = windows.firstHit(in: bytes, from: next + windows.stride - 1)
      next = max(next, hit - windows.stride + 1)
      // Where the filter has not enough bytes to look at, every position may begin a pattern.
      let end = hit + 8 <= bytes.byteCount ? hit : last
      while next <= end {
        let key = bytes.fourBytes(at: next)
        if roots.mayContain(UInt64(key)), let root = trie.root(key) {
          let begun = TriePosition(node: root, depth: Trie.rootDepth)
          report(begun, endingAt: next + Trie.rootDepth, to: found)
          guard
            let resume = track(
              bytes, from: next + Trie.rootDepth, at: begun, position: &position, found: found)
          else { return }
          next = resume
          break
        }
        next += 1
      }
    }
  }

  /// How many of the last bytes may begin a match, by what ``scan(_:from:position:found:)`` left.
  func pending(_ bytes: borrowing RawSpan, position: TriePosition?) -> Int {
    if let position { return position.depth }
    let count = bytes.byteCount
    for length in stride(from: min(Trie.rootDepth - 1, count), to: 0, by: -1) {
      let tail = (count - length..<count).map { bytes.byte(at: $0) }
      if trie.hasBeginning(tail) { return length }
    }
    return 0
  }

  /// Follows a partial match.
  ///
  /// - Returns: The first byte at which another one may begin; nil where the bytes end first.
  private func track(
    _ bytes: borrowing RawSpan, from start: Int, at begun: TriePosition,
    position: inout TriePosition?, found: (Int, Int) -> Void
  ) -> Int? {
    var current = begun
    for index in start..<bytes.byteCount {
      let byte = bytes.byte(at: index)
      while true {
        if let child = trie.child(of: current.node, byte) {
          current = TriePosition(node: child, depth: current.depth + 1)
          break
        }
        guard trie.flags[current.node] & Trie.Flag.failure != 0,
          let failure = failures[current.node]
        else {
          position = nil
          return index - 3
        }
        current = TriePosition(packed: failure)
      }
      report(current, endingAt: index + 1, to: found)
    }
    position = current
    return nil
  }

  @inline(__always)
  private func report(_ position: TriePosition, endingAt end: Int, to found: (Int, Int) -> Void) {
    let flags = trie.flags[position.node]
    if flags & Trie.Flag.end != 0 {
      found(end - position.depth, end)
    } else if flags & Trie.Flag.inherits != 0, let length = inherited[position.node] {
      found(end - Int(length), end)
    }
  }
}
