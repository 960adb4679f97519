import FoundationEssentials
import SallyportBytes
import Testing

/// A value that can be found wherever it was, and nowhere else.
struct Canary: Hashable, Sendable {
  let value = "canary-\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))"

  /// As it is, in hexadecimal, and in Base64 and base64url wherever it begins in a longer text.
  var forms: [[UInt8]] {
    let bytes = Array(value.utf8)
    let digits = hexadecimalDigits(bytes)
    let texts =
      [digits, digits.uppercased()]
      + (0..<3).flatMap { offset in
        let inside = Self.base64(of: bytes, at: offset)
        return [inside, inside.replacing("+", with: "-").replacing("/", with: "_")]
      }
    return [bytes] + Set(texts).map { Array($0.utf8) }
  }

  /// The characters that hold bits of `bytes` alone, where `offset` bytes are before them.
  private static func base64(of bytes: [UInt8], at offset: Int) -> String {
    let text = Data(Array(repeating: 0, count: offset) + bytes).base64EncodedString()
    let whole = (offset + bytes.count) * 8 / 6
    return String(text.prefix(whole).dropFirst((offset * 8 + 5) / 6))
  }

  /// The files at or below a folder that have one of `canaries` in whichever form; quick also where
  /// they are memory dumps.
  static func files(
    below folder: String, containing canaries: Set<Canary>
  ) async throws -> [Substring] {
    let forms = canaries.flatMap(\.forms).map { String(decoding: $0, as: UTF8.self) }
    let result = try await Executables().run(
      "/usr/bin/grep", ["-rlaF"] + forms.flatMap { ["-e", $0] } + ["--", folder],
      environment: ["LC_ALL": "C"])
    try #require(result.status < 2, "\(result.errorText)")
    return result.text.split(separator: "\n")
  }

  /// Those of `canaries` that are in one of the files, in whichever form.
  static func found(_ canaries: Set<Canary>, in files: [String]) throws -> Set<Canary> {
    let needles = canaries.flatMap(\.forms)
    let found = try Set(files.flatMap { try ByteSearch.found(needles, in: $0) })
    return canaries.filter { !found.isDisjoint(with: $0.forms) }
  }
}
