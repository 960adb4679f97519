import Glibc
import SallyportTestSupport
import Testing

@testable import SallyportMasking

/// Whatever the pieces, the output is that of the definition.
///
/// `SALLYPORT_FUZZ_ITERATIONS` sets how many random samples are tried: a hundredth of it, since each is
/// a few hundred bytes that are compared with the definition.
struct StreamingTests {
  private static let iterations =
    getenv("SALLYPORT_FUZZ_ITERATIONS").flatMap { Int(String(cString: $0)) }.map { $0 / 100 } ?? 300

  @Test func everyTextInOnePieceIsMaskedAsDefined() throws {
    var generator = SeededGenerator(seed: 1)
    for number in 0..<Self.iterations {
      let sample = Sample(&generator, pieces: 1...20)
      var masker = try sample.masker()
      let output = masker.mask(sample.text, of: .stdout) + masker.finish(.stdout)
      #expect(output == sample.naive.masked(sample.text), "sample \(number)")
      #expect(masker.masked(sample.text) == output)
    }
  }

  @Test func everySplitPointGivesTheSame() throws {
    var generator = SeededGenerator(seed: 2)
    for number in 0..<max(Self.iterations / 10, 1) {
      let sample = Sample(&generator, pieces: 1...6)
      let expected = sample.naive.masked(sample.text)
      let fresh = try sample.masker()
      for index in 0...sample.text.count {
        var masker = fresh
        var output = masker.mask(Array(sample.text[..<index]), of: .stderr)
        output += masker.mask(Array(sample.text[index...]), of: .stderr)
        output += masker.finish(.stderr)
        #expect(output == expected, "sample \(number), split at \(index)")
      }
    }
  }

  @Test func anyPiecesOnBothStreamsGiveTheSame() throws {
    var generator = SeededGenerator(seed: 3)
    for number in 0..<Self.iterations {
      let sample = Sample(&generator, pieces: 1...30)
      var masker = try sample.masker()
      var written: [LogMasker.Stream: [UInt8]] = [.stdout: [], .stderr: []]
      var output = written
      var rest = sample.text[...]
      let longest = Int.random(in: 1...20, using: &generator)
      while !rest.isEmpty {
        let stream = LogMasker.Stream.allCases.randomElement(using: &generator) ?? .stdout
        let piece = rest.prefix(Int.random(in: 1...longest, using: &generator))
        rest.removeFirst(piece.count)
        written[stream]? += piece
        output[stream]? += masker.mask(Array(piece), of: stream)
      }
      for stream in LogMasker.Stream.allCases {
        output[stream]? += masker.finish(stream)
        #expect(
          output[stream] == sample.naive.masked(written[stream] ?? []),
          "sample \(number), \(stream)")
      }
    }
  }

  /// What was held back as the beginning of a command, and is none, comes before what showed that.
  @Test(arguments: [[], ["a secret"]]) func nothingIsLostOfWhatBeginsLikeACommand(
    values: [String]
  ) throws {
    let secrets = values.map { MaskedSecret(name: $0, value: Array($0.utf8)) }
    for text in [":", "::", "::add-mask:", ":x", "::add-mask\n:", ":\n::\n:"] {
      for end in ["", "\n", "x\n", ":x"] {
        let bytes = Array((text + end).utf8)
        for index in 0...bytes.count {
          var masker = try LogMasker(secrets)
          var output = masker.mask(Array(bytes[..<index]), of: .stdout)
          output += masker.mask(Array(bytes[index...]), of: .stdout)
          output += masker.finish(.stdout)
          let isCommand = text + end == "::add-mask::x"
          #expect(output == (isCommand ? [] : bytes), "\(text + end), split at \(index)")
        }
      }
    }
  }

  @Test func noMoreIsHeldBackThanMayBeginAMatch() throws {
    var generator = SeededGenerator(seed: 4)
    for number in 0..<Self.iterations / 3 {
      let sample = Sample(&generator, pieces: 1...6)
      var masker = try sample.masker()
      for (index, byte) in sample.text.enumerated() {
        _ = masker.mask([byte], of: .stdout)
        let pending = sample.naive.pending(Array(sample.text[...index]))
        #expect(masker.heldBack(of: .stdout) <= pending, "sample \(number), byte \(index)")
      }
    }
  }

  /// Whatever shows has been decided by then: no later byte takes it back.
  @Test func whatComesOutIsTheBeginningOfTheResult() throws {
    var generator = SeededGenerator(seed: 5)
    for number in 0..<Self.iterations / 3 {
      let sample = Sample(&generator, pieces: 1...8)
      let expected = sample.naive.masked(sample.text)
      var masker = try sample.masker()
      var output: [UInt8] = []
      for byte in sample.text {
        output += masker.mask([byte], of: .stdout)
        #expect(expected.starts(with: output), "sample \(number)")
      }
    }
  }
}
