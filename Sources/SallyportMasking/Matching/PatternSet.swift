/// What is looked for in a job's output, ready to be looked for; grows while the job runs.
///
/// The secrets known at the beginning are compiled once. What is added is compiled in generations
/// that are merged when they are about as large as the next: each pattern is compiled a number of
/// times that is logarithmic in what was added, and there are only as many generations.
struct PatternSet: Sendable {
  private struct Generation {
    let patterns: [[UInt8]]
    let bytes: Int
    let automata: [Automaton]
  }

  private var initial: [Automaton] = []
  private var added: [Generation] = []
  private let limit: Int
  /// Bytes of all patterns.
  private(set) var bytes = 0
  /// What each stream has to follow.
  private(set) var automata: [Automaton] = []
  /// Another one whenever ``automata`` are others.
  private(set) var version = 0

  /// - Parameter limit: Of the bytes of all patterns.
  init(limit: Int) {
    self.limit = limit
  }

  /// Sets what is looked for from the beginning.
  mutating func begin(with values: [MaskableValue]) throws(MaskError) {
    var patterns: [[UInt8]] = []
    for value in values {
      let forms = SecretForms.all(of: value)
      bytes += forms.reduce(0) { $0 + $1.count }
      patterns += forms
      guard bytes <= limit else { throw tooManyPatterns }
    }
    initial = Self.compile(patterns)
    publish()
  }

  /// Adds one value.
  mutating func add(_ value: MaskableValue) throws(MaskError) {
    var patterns = Array(SecretForms.all(of: value))
    var count = patterns.reduce(0) { $0 + $1.count }
    guard bytes + count <= limit else { throw tooManyPatterns }
    bytes += count
    while let last = added.last, last.bytes <= 2 * count {
      patterns += last.patterns
      count += last.bytes
      added.removeLast()
    }
    added.append(
      Generation(patterns: patterns, bytes: count, automata: Self.compile(patterns)))
    publish()
  }

  private mutating func publish() {
    automata = initial + added.flatMap(\.automata)
    version += 1
  }

  private var tooManyPatterns: MaskError {
    MaskError(
      .tooManyPatterns,
      """
      the job's secrets cannot be masked: with their encoded forms they have more than \(limit) \
      bytes; give the job fewer or shorter secrets
      """)
  }

  private static func compile(_ patterns: [[UInt8]]) -> [Automaton] {
    let long = patterns.filter { $0.count >= Automaton.shortestLong }
    let short = patterns.filter { $0.count < Automaton.shortestLong }
    return [long, short].filter { !$0.isEmpty }.map { Automaton($0) }
  }
}
