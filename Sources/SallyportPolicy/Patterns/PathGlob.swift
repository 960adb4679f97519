/// A pattern over text in segments, which `/` separates: `*` stands for any run of bytes within one
/// segment, `**`, a segment of its own, for one or more whole segments.
struct PathGlob: Hashable, Sendable {
  enum Segment: Hashable, Sendable {
    case anyNumber
    case one(TextGlob)
  }

  let segments: [Segment]

  /// - Throws: Why the text is not a pattern.
  init(_ text: String) throws(PatternProblem) {
    var segments: [Segment] = []
    let slash = UInt8(ascii: "/")
    for part in text.utf8.split(separator: slash, omittingEmptySubsequences: false) {
      if part.elementsEqual("**".utf8) {
        segments.append(.anyNumber)
      } else if part.contains("**".utf8) {
        throw PatternProblem(reason: "'**' is a segment of its own")
      } else {
        segments.append(.one(TextGlob(part)))
      }
    }
    self.segments = segments
  }

  init(segments: [Segment]) { self.segments = segments }

  func matches(_ text: String) -> Bool { matches(text.utf8.span) }

  /// Matches `**` greedily with one step back, in time proportional to the product of lengths.
  ///
  /// - Parameter start: Where a segment begins; one past the end of the text where none is left.
  func matches(_ text: Span<UInt8>, from start: Int = 0) -> Bool {
    var (next, position) = (0, start)
    var retry: (segment: Int, position: Int)?
    while position <= text.count {
      let end = Self.endOfSegment(text, from: position)
      if next < segments.count {
        switch segments[next] {
        case .anyNumber:
          next += 1
          position = end + 1
          retry = (next, position)
          continue
        case .one(let glob) where glob.matches(text, in: position..<end):
          next += 1
          position = end + 1
          continue
        case .one: break
        }
      }
      guard let last = retry, last.position <= text.count else { return false }
      next = last.segment
      position = Self.endOfSegment(text, from: last.position) + 1
      retry = (next, position)
    }
    return next == segments.count
  }

  static func endOfSegment(_ text: Span<UInt8>, from start: Int) -> Int {
    var end = start
    while end < text.count, text[end] != UInt8(ascii: "/") { end += 1 }
    return end
  }

  /// Whether some text below these literal segments matches, or may.
  func mayMatch(below prefix: [String]) -> Bool {
    for (index, part) in prefix.enumerated() {
      guard index < segments.count else { return false }
      switch segments[index] {
      case .anyNumber: return true
      case .one(let glob): guard glob.matches(part) else { return false }
      }
    }
    return segments.count > prefix.count
  }

  /// Whether every text below these literal segments matches for sure.
  func matchesEverything(below prefix: [String]) -> Bool {
    guard segments.last == .anyNumber, segments.count <= prefix.count + 1 else { return false }
    for (segment, part) in zip(segments.dropLast(), prefix) {
      guard case .one(let glob) = segment, glob.matches(part) else { return false }
    }
    return true
  }

  /// Whether every text that the other pattern matches is matched for sure.
  ///
  /// Knows equal patterns and `a/b/**`; false does not mean that there is such a text.
  func covers(_ other: PathGlob) -> Bool {
    if self == other { return true }
    guard segments.last == .anyNumber, other.segments.count >= segments.count else { return false }
    let head = segments.dropLast()
    guard !head.contains(.anyNumber) else { return false }
    return zip(head, other.segments).allSatisfy { $0 == $1 }
  }
}

/// Why a text is not a pattern; whoever asked knows the text.
struct PatternProblem: Error, Hashable {
  let reason: String
}
