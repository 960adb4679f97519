/// Which bytes are to be masked: ranges that neither overlap nor touch, in order.
struct MaskedSpans: Sendable {
  private(set) var spans: [Range<Int>] = []

  var isEmpty: Bool { spans.isEmpty }

  /// Adds a span. Cheap where none of those before begins beyond it.
  mutating func insert(_ span: Range<Int>) {
    var span = span
    var index = spans.count
    while index > 0, spans[index - 1].lowerBound > span.upperBound { index -= 1 }
    var first = index
    while first > 0, spans[first - 1].upperBound >= span.lowerBound {
      first -= 1
      span =
        min(
          span.lowerBound, spans[first].lowerBound)..<max(
          span.upperBound, spans[first].upperBound)
    }
    if first == spans.count {
      spans.append(span)
    } else {
      spans.replaceSubrange(first..<index, with: CollectionOfOne(span))
    }
  }

  /// Adds those of another, in time linear in both.
  mutating func formUnion(_ other: MaskedSpans) {
    guard !other.isEmpty else { return }
    guard !isEmpty else {
      self = other
      return
    }
    let mine = spans
    spans = []
    var (left, right) = (mine[...], other.spans[...])
    while let next = Self.takeFirst(&left, &right) { insert(next) }
  }

  private static func takeFirst(
    _ left: inout ArraySlice<Range<Int>>, _ right: inout ArraySlice<Range<Int>>
  ) -> Range<Int>? {
    guard let first = left.first else { return right.popFirst() }
    guard let second = right.first, second.lowerBound < first.lowerBound else {
      return left.popFirst()
    }
    return right.popFirst()
  }

  /// Forgets what ends at or before an offset.
  mutating func remove(before offset: Int) {
    let count = spans.prefix { $0.upperBound <= offset }.count
    spans.removeFirst(count)
  }

  /// Moves all spans towards the beginning.
  mutating func shift(by distance: Int) {
    guard distance != 0 else { return }
    for index in spans.indices {
      spans[index] =
        spans[index].lowerBound - distance..<spans[index].upperBound - distance
    }
  }
}
