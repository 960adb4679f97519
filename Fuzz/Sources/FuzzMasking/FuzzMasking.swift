import CLibFuzzer
import Glibc
import SallyportMasking

/// What one input says: values, the output of a job, and how it is cut.
private struct Case {
  /// At most eight.
  var values: [[UInt8]] = []
  var text: [UInt8] = []
  /// Seeds the lengths of pieces.
  var seed: UInt64 = 0

  /// One byte for the number of values; for each a byte of length, and the value; eight bytes of seed;
  /// the text, in which a byte 0 to 7 after a byte 0xFF stands for that value.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    guard let count = rest.popFirst() else { return nil }
    for _ in 0..<count % 8 {
      guard let length = rest.popFirst() else { return nil }
      values.append(Array(rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
    for _ in 0..<8 { seed = seed << 8 | UInt64(rest.popFirst() ?? 0) }
    while let byte = rest.popFirst() {
      if byte == 0xFF, let index = rest.first, index < values.count {
        text += values[Int(index)]
        rest = rest.dropFirst()
      } else {
        text.append(byte)
      }
    }
  }

  /// The length of the next piece: often short.
  mutating func nextLength() -> Int {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let number = Int(truncatingIfNeeded: seed >> 33) & 0xFFFF
    return number & 3 == 0 ? 1 + number % 97 : 1 + number % 5
  }
}

private func masked(_ text: [UInt8], _ fresh: LogMasker, _ length: () -> Int) -> [UInt8] {
  var masker = fresh
  var output: [UInt8] = []
  var rest = text[...]
  while !rest.isEmpty {
    let piece = rest.prefix(length())
    rest = rest.dropFirst(piece.count)
    output += masker.mask(Array(piece), of: .stdout)
  }
  return output + masker.finish(.stdout)
}

private func contains(_ text: [UInt8], _ value: [UInt8]) -> Bool {
  guard value.count <= text.count else { return false }
  return (0...text.count - value.count).contains { text[$0...].starts(with: value) }
}

private func trimmed(_ value: [UInt8]) -> [UInt8] {
  let isBreak = { (byte: UInt8) in byte == 0x0A || byte == 0x0D }
  return Array(value.drop(while: isBreak).reversed().drop(while: isBreak).reversed())
}

/// However a job's output is cut, it is masked as if it came at once; and no value that is masked is in
/// what comes out.
@main enum FuzzMasking {
  static func main() {
    var (count, arguments) = (CommandLine.argc, Optional(CommandLine.unsafeArgv))
    exit(LLVMFuzzerRunDriver(&count, &arguments) { FuzzMasking.test($0, $1) })
  }

  /// - Returns: -1 for what is no case: not worth keeping.
  private static func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard var sample = Case(UnsafeRawBufferPointer(start: start, count: count)) else { return -1 }
    let secrets = sample.values.enumerated().map {
      MaskedSecret(name: "S\($0.offset)", value: $0.element)
    }
    guard let masker = try? LogMasker(secrets) else { return -1 }
    let whole = masked(sample.text, masker) { sample.text.count }
    precondition(masked(sample.text, masker) { 1 } == whole, "byte by byte, another output")
    let cut = masked(sample.text, masker) { sample.nextLength() }
    precondition(cut == whole, "in pieces, another output")
    // Without the line breaks at their ends, which are not masked with them. What stands for a value
    // may be in another value, and be one beside what was there.
    let unmasked = Set(masker.unmasked.map(\.name))
    for secret in secrets where !unmasked.contains(secret.name) {
      let value = trimmed(secret.value)
      guard !value.contains(UInt8(ascii: "*")) else { continue }
      precondition(!contains(whole, value), "a value is in the output")
    }
    return 0
  }
}
