import SallyportTestSupport

extension SeededGenerator {
  mutating func bytes(_ alphabet: [UInt8], _ lengths: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: lengths, using: &self)).map { _ in
      alphabet[Int.random(in: alphabet.indices, using: &self)]
    }
  }
}
