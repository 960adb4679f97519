/// Masks one stream, whose bytes arrive in arbitrary pieces.
///
/// What comes out is what would have come out had all bytes come at once. Held back is only what
/// may still turn out to be part of a match: the longest end of the stream with which a pattern
/// begins. It waits for the next bytes or for the end, however long that takes: a match that was
/// let go in two parts would be a secret that was shown in two parts.
struct StreamMasker: Sendable {
  /// What stands for masked bytes, whatever their number.
  static let mask = Array("***".utf8)

  /// The bytes from the beginning of the longest partial match on; the first ``base`` ones are
  /// over.
  private var buffer: [UInt8] = []
  private var base = 0
  /// Everything in ``buffer`` before this has come out. Beyond ``base`` where masked bytes may be
  /// the beginning of yet another match.
  private var emitted = 0
  /// Everything before this has been looked at.
  private var scanned = 0
  /// Whether the last byte that came out was masked.
  private var endsInMask = false
  private var spans = MaskedSpans()
  private var positions: [TriePosition?] = []
  private var version = 0

  /// Bytes that have not come out yet.
  var heldBack: Int { buffer.count - emitted }

  /// Takes what has come and gives out what can be decided.
  mutating func append(
    _ bytes: ArraySlice<UInt8>, _ patterns: PatternSet, to output: inout [UInt8]
  ) {
    guard !patterns.automata.isEmpty else {
      output += bytes
      return
    }
    buffer += bytes
    follow(patterns)
    let held = scan(patterns)
    emit(upTo: buffer.count - held, to: &output)
    release(from: buffer.count - held)
  }

  /// Gives out the rest: the stream has ended.
  mutating func finish(_ patterns: PatternSet, to output: inout [UInt8]) {
    follow(patterns)
    _ = scan(patterns)
    emit(upTo: buffer.count, to: &output)
    self = StreamMasker()
  }

  /// What is held back is looked at again when patterns were added.
  private mutating func follow(_ patterns: PatternSet) {
    guard version != patterns.version else { return }
    version = patterns.version
    positions = Array(repeating: nil, count: patterns.automata.count)
    scanned = base
  }

  /// - Returns: How many of the last bytes may begin a match.
  private mutating func scan(_ patterns: PatternSet) -> Int {
    var positions = exchange(&positions, with: [])
    let (matches, held) = look(for: patterns, from: &positions)
    self.positions = positions
    spans.formUnion(matches)
    scanned = buffer.count
    return held
  }

  private func look(
    for patterns: PatternSet, from positions: inout [TriePosition?]
  ) -> (MaskedSpans, held: Int) {
    var held = 0
    var matches = MaskedSpans()
    let bytes = buffer.span.bytes.extracting(droppingFirst: base)
    for (index, automaton) in patterns.automata.enumerated() {
      var found = MaskedSpans()
      automaton.scan(bytes, from: scanned - base, position: &positions[index]) {
        found.insert($0 + base..<$1 + base)
      }
      matches.formUnion(found)
      held = max(held, automaton.pending(bytes, position: positions[index]))
    }
    return (matches, held)
  }

  /// Gives out what is before `decided`, and masks that begin there at the latest.
  private mutating func emit(upTo decided: Int, to output: inout [UInt8]) {
    for span in spans.spans {
      guard span.lowerBound <= decided else { break }
      if span.lowerBound > emitted {
        output += buffer[emitted..<span.lowerBound]
        endsInMask = false
      }
      if !endsInMask { output += Self.mask }
      endsInMask = true
      emitted = max(emitted, span.upperBound)
    }
    if decided > emitted {
      output += buffer[emitted..<decided]
      endsInMask = false
      emitted = decided
    }
    spans.remove(before: emitted)
  }

  /// Forgets what is before `start`; in a way that takes time linear in all bytes.
  private mutating func release(from start: Int) {
    base = start
    if base == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 18)
    } else if base >= 4_096, 2 * base >= buffer.count {
      buffer.removeFirst(base)
    } else {
      return
    }
    spans.shift(by: base)
    emitted -= base
    scanned -= base
    base = 0
  }
}
