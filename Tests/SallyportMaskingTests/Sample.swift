import SallyportTestSupport

@testable import SallyportMasking

/// Random secrets, and an output in which they, their forms and parts of both are.
struct Sample {
  let secrets: [MaskedSecret]
  let naive: NaiveMasker
  let text: [UInt8]

  private static let alphabets: [[UInt8]] = [
    Array("ab".utf8), Array("abc\n".utf8), Array("0123456789abcdef".utf8),
    Array("AZaz09+/=%\\\"u ".utf8), Array(0...255),
  ]

  init(
    _ generator: inout SeededGenerator, pieces: ClosedRange<Int>, lengths: ClosedRange<Int> = 4...24
  ) {
    let alphabet = Self.alphabets.randomElement(using: &generator) ?? []
    var values: [[UInt8]] = []
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      var value = generator.bytes(alphabet, lengths)
      // Some are parts of others, or have parts of others.
      if let other = values.randomElement(using: &generator), Bool.random(using: &generator) {
        let part = other.dropFirst(Int.random(in: 0...4, using: &generator)).prefix(
          Int.random(in: 4...12, using: &generator))
        value = Array(part) + (Bool.random(using: &generator) ? value.prefix(4) : [])
      }
      values.append(value)
    }
    secrets = values.enumerated().map { MaskedSecret(name: "S\($0.offset)", value: $0.element) }
    let patterns = values.compactMap { try? MaskableValue($0) }
      .reduce(into: Set<[UInt8]>()) { $0.formUnion(SecretForms.all(of: $1)) }
    naive = NaiveMasker(patterns: Array(patterns))
    // In the same order each time.
    let forms = patterns.sorted { $0.lexicographicallyPrecedes($1) }
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: pieces, using: &generator) {
      let form = forms.randomElement(using: &generator) ?? []
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: text += form
      case 1: text += form.dropLast(Int.random(in: 1...3, using: &generator))
      case 2: text += form.dropFirst(Int.random(in: 1...3, using: &generator))
      case 3: text += form.prefix(Int.random(in: 0...8, using: &generator))
      default: text += generator.bytes(alphabet, 0...5)
      }
    }
    // Commands are another test's.
    self.text = text.map { $0 == UInt8(ascii: ":") ? 0 : $0 }
  }

  func masker() throws -> LogMasker { try LogMasker(secrets) }
}
