import Glibc
import SallyportTestSupport
import Testing

@testable import SallyportMasking

/// Values and outputs that are made to cost time or memory, or to slip through.
struct HostileTests {
  private func masked(_ text: [UInt8], by values: [[UInt8]], pieces: Int = 65_536) throws
    -> [UInt8]
  {
    var masker = try LogMasker(
      values.enumerated().map { MaskedSecret(name: "S\($0.offset)", value: $0.element) })
    var output: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: pieces) {
      output += masker.mask(Array(text[start..<min(start + pieces, text.count)]), of: .stdout)
    }
    return output + masker.finish(.stdout)
  }

  @Test func tenThousandSecretsWithOneBeginning() throws {
    let values = (0..<10_000).map { Array("shared-prefix-of-all-\($0)-end".utf8) }
    let text = Array("x shared-prefix-of-all-77-end y shared-prefix-of-all-10000-end\n".utf8)
    #expect(
      try masked(text, by: values) == Array("x *** y shared-prefix-of-all-10000-end\n".utf8))
  }

  @Test func aValueOfAMebibyteIsHeldBackUntilItIsDecided() throws {
    var generator = SeededGenerator(seed: 6)
    var value: [UInt8] = []
    while value.count < 1 << 20 {
      value += withUnsafeBytes(of: generator.next()) { $0.map { Digits.lowercase[Int($0 & 15)] } }
    }
    let almost = Array(" b ".utf8) + value.dropLast() + Array("!".utf8)
    var masker = try LogMasker([MaskedSecret(name: "HUGE", value: value)])
    var output = masker.mask(Array("a ".utf8) + value.dropLast(), of: .stdout)
    #expect(output == Array("a ".utf8))
    #expect(masker.heldBack(of: .stdout) == value.count - 1)
    output += masker.mask(value.suffix(1), of: .stdout)
    output += masker.mask(almost, of: .stdout)
    output += masker.finish(.stdout)
    #expect(output == Array("a ***".utf8) + almost)
  }

  /// Every byte is a partial match of everything before: quadratic where links are missing.
  @Test func repetitionsTakeLinearTime() throws {
    // A quadratic matcher takes sixteen times as long for value and text of four times the length.
    let (short, long) = (try cost(ofRepetitions: 1_000), try cost(ofRepetitions: 4_000))
    try #require(long < short * 8, "\(long) for four times what took \(short)")
    let value = Array(repeating: UInt8(ascii: "a"), count: 50_000) + [UInt8(ascii: "b")]
    let text = Array(repeating: UInt8(ascii: "a"), count: 200_000)
    #expect(try masked(text, by: [value], pieces: 100) == text)
    #expect(
      try masked(text + [UInt8(ascii: "b")], by: [value], pieces: 100)
        == text.dropLast(50_000) + Array("***".utf8))
  }

  /// The least of five times of this thread's processor time, which other work hardly changes.
  private func cost(ofRepetitions length: Int) throws -> Duration {
    let value = Array(repeating: UInt8(ascii: "a"), count: length) + [UInt8(ascii: "b")]
    let fresh = try LogMasker([MaskedSecret(name: "S", value: value)])
    let piece = Array(repeating: UInt8(ascii: "a"), count: 100)
    return (0..<5).map { _ in
      var masker = fresh
      let begun = Self.spent()
      for _ in 0..<(length / 25) { _ = masker.mask(piece, of: .stdout) }
      return Self.spent() - begun
    }.min() ?? .zero
  }

  private static func spent() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  @Test func whatTheLimitsDoNotAllowIsAnErrorThatShowsNoValue() throws {
    let secrets = [MaskedSecret(name: "HUGE", value: Array(repeating: 0x7A, count: 200))]
    let tooLong = #expect(throws: MaskError.self) {
      try LogMasker(secrets, limits: MaskLimits(valueBytes: 100))
    }
    #expect(tooLong?.code == .valueTooLong)
    #expect(tooLong?.message.contains("HUGE") == true)
    let tooMany = #expect(throws: MaskError.self) {
      try LogMasker(secrets, limits: MaskLimits(patternBytes: 500))
    }
    #expect(tooMany?.code == .tooManyPatterns)
    for error in [tooLong, tooMany] { #expect(error?.message.contains("zzz") == false) }
  }

  @Test func printingASecretShowsItsNameOnly() {
    let secret = MaskedSecret(name: "KEY", value: Array("hunter2-value".utf8))
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped] {
      #expect(text.contains("KEY"))
      #expect(!text.contains("hunter2"))
      #expect(!text.contains("104"))
    }
  }

  @Test func aFloodOfAddedValuesIsBounded() throws {
    var masker = LogMasker(limits: MaskLimits(addedValues: 300, addedBytes: 1 << 20))
    for number in 0..<400 {
      _ = masker.mask(Array("::add-mask::flooded-\(number)-value\n".utf8), of: .stdout)
    }
    #expect(masker.additions == .init(masked: 300, unmaskable: 0, refused: 100))
    let output = masker.mask(Array("flooded-0-value flooded-299-value\n".utf8), of: .stderr)
    #expect(output == Array("*** ***\n".utf8))
  }

  @Test func addedBytesAreBoundedAndALineThatIsTooLongIsNotShown() throws {
    var masker = LogMasker(limits: MaskLimits(addedValues: 300, addedBytes: 100))
    let long = Array(repeating: UInt8(ascii: "x"), count: 301)
    var output: [UInt8] = []
    for piece in [Array("::add-mask::".utf8), long, Array("\n::add-mask::".utf8)] {
      output += masker.mask(piece, of: .stdout)
      #expect(masker.heldBack(of: .stdout) == 0)
    }
    output += masker.mask(Array(long.prefix(101)) + [0x0A], of: .stdout)
    output += masker.mask(Array("::add-mask::fits-in-there\nfits-in-there\n".utf8), of: .stdout)
    #expect(output == Array("***\n".utf8))
    #expect(masker.additions == .init(masked: 1, unmaskable: 0, refused: 2))
  }

  @Test func whatIsAddedIsCompiledALogarithmicNumberOfTimes() throws {
    var patterns = PatternSet(limit: 1 << 20)
    for number in 0..<200 {
      try patterns.add(MaskableValue(Array("generation-\(number)".utf8)))
      // Each is more than twice as large as the next, and has two automata at most.
      #expect(patterns.automata.count <= 2 * 9)
    }
  }

  @Test func mutatedOutputNeverTrapsAndNeverShowsAWholeSecret() throws {
    var generator = SeededGenerator(seed: 8)
    let values = ["hunter2-S3cr3t", "::add-mask::hunter3", "%25%0A%0D::", "\n::add-mask::"]
    for _ in 0..<500 {
      var text: [UInt8] = []
      for _ in 0..<8 {
        text += Array("\n::add-mask::".utf8)
        text += Array((values.randomElement(using: &generator) ?? "").utf8)
      }
      for _ in 0..<6 {
        text[Int.random(in: text.indices, using: &generator)] = UInt8(
          truncatingIfNeeded: generator.next())
      }
      var masker = try LogMasker([MaskedSecret(name: "A", value: Array(values[0].utf8))])
      var output: [UInt8] = []
      while !text.isEmpty {
        let count = min(Int.random(in: 1...40, using: &generator), text.count)
        output += masker.mask(Array(text.prefix(count)), of: .stdout)
        text.removeFirst(count)
      }
      output += masker.finish(.stdout)
      #expect(!String(decoding: output, as: UTF8.self).contains(values[0]))
    }
  }
}
