import Foundation
import SallyportMasking
import Testing

/// docs/vectors/masking.json, whose results a script in Python computes by itself.
struct MaskingVectorTests {
  private struct Document: Decodable {
    struct Secret: Decodable {
      var name: String
      var value: String
    }

    struct Chunk: Decodable {
      var stream: String
      var text: String
    }

    struct Unmasked: Decodable, Equatable {
      var name: String
      var reason: String
    }

    struct Case: Decodable {
      var name: String
      var secrets: [Secret]
      var chunks: [Chunk]
      var unmasked: [Unmasked]
      var stdout: String
      var stderr: String
    }

    var cases: [Case]
  }

  private static func published() throws -> Document {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try JSONDecoder().decode(
      Document.self, from: Data(contentsOf: root.appending(path: "docs/vectors/masking.json")))
  }

  /// Each character stands for the byte of its number.
  private static func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8($0.value) }
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  @Test func everyCaseIsMaskedAsPublished() throws {
    let cases = try Self.published().cases
    #expect(cases.count > 300)
    for one in cases {
      var masker = try LogMasker(
        one.secrets.map { MaskedSecret(name: $0.name, value: Self.bytes($0.value)) })
      #expect(
        masker.unmasked.map { .init(name: $0.name, reason: $0.reason.rawValue) } == one.unmasked,
        "\(one.name)")
      var shown: [LogMasker.Stream: [UInt8]] = [:]
      for chunk in one.chunks {
        let stream: LogMasker.Stream = chunk.stream == "stdout" ? .stdout : .stderr
        shown[stream, default: []] += masker.mask(Self.bytes(chunk.text), of: stream)
      }
      for stream in LogMasker.Stream.allCases {
        shown[stream, default: []] += masker.finish(stream)
      }
      #expect(Self.text(shown[.stdout] ?? []) == one.stdout, "\(one.name)")
      #expect(Self.text(shown[.stderr] ?? []) == one.stderr, "\(one.name)")
    }
  }
}
