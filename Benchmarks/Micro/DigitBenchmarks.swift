import Benchmark
import BenchmarkSupport
import SallyportBytes

/// Bytes as digits: ids, digests, secrets that come as Base64.
enum DigitBenchmarks {
  private static let size = 4_096

  static func register() {
    let digest = randomBytes(count: 32)
    measured("digits/hexadecimal-32b", bytes: 32, operations: 100, prepare: { digest }) { digest in
      blackHole(hexadecimalDigits(digest))
    }
    let digits = hexadecimalDigits(digest)
    measured("digits/from-hexadecimal-32b", bytes: 32, operations: 100, prepare: { digits }) {
      digits in
      guard bytesOfHexadecimalDigits(digits) != nil else { throw Failure("not read") }
    }
    let text = [UInt8](repeating: UInt8(ascii: "Q"), count: size)
    measured("digits/from-base64-4k", bytes: size, prepare: { text }) { text in
      guard bytesOfBase64(text.span)?.count == size / 4 * 3 else { throw Failure("not read") }
    }
  }
}
