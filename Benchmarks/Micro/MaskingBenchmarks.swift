import Benchmark
import SallyportMasking

/// A job's output on its way to the log.
enum MaskingBenchmarks {
  private static let size = 64 << 10

  static func register() {
    let text = SampleText.bytes(size)
    for count in [0, 1, 100, 10_000] {
      measured(
        "masking/secrets-\(count)", bytes: size, prepare: { try LogMasker(secrets(count)) }
      ) { masker in
        blackHole(masker.mask(text, of: .stdout))
      }
    }
    // Every line has one.
    let found = SampleText.bytes(size, with: secrets(100).map(\.value), every: 128)
    measured(
      "masking/secrets-100-in-every-line", bytes: size, prepare: { try LogMasker(secrets(100)) }
    ) { masker in
      blackHole(masker.mask(found, of: .stdout))
    }
    measured("masking/begin-100", bytes: 100 * 32, prepare: { secrets(100) }) { secrets in
      blackHole(try LogMasker(secrets))
    }
  }

  /// Values of 32 bytes that look like a token's.
  private static func secrets(_ count: Int) -> [MaskedSecret] {
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
    var state: UInt64 = 42
    return (0..<count).map { number in
      let value = (0..<32).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return letters[Int(state >> 58)]
      }
      return MaskedSecret(name: "SECRET_\(number)", value: value)
    }
  }
}
